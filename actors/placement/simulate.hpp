// Predicts what a step takes under an assignment.
//
// Thread-safety: none for the class; the function is pure.
#pragma once

#include <morph/actors/placement/instance.hpp>

#include <span>
#include <vector>

namespace morph::placement {

/// One half of a node's work in a step.
struct task_time {
  double start = 0;  ///< seconds since the start of the step
  double finish = 0; ///< seconds since the start of the step
};

/// What a step will look like under an assignment.
struct timeline {
  /// Start of the step to its last commit, seconds; infinite when a message
  /// has no way to its receiver.
  double makespan = 0;
  /// Part of the makespan spent on committing.
  double commit_seconds = 0;
  std::vector<task_time> forward;
  std::vector<task_time> backward; ///< empty without training
  /// Worker seconds per host.
  std::vector<double> busy;
  /// Bytes and messages per directed link, from * hosts + to.
  std::vector<double> link_bytes;
  std::vector<index> link_messages;
  /// Tasks that set the makespan, first to last: node id for its forward,
  /// node id + number of nodes for its backward.
  std::vector<index> critical_path;
};

/// Predicts steps by event simulation of list scheduling.
///
/// Model: each host runs ready tasks on its workers without interruption, in
/// the order problem::order says. A node's forward is ready when all inputs
/// have arrived; its backward when its forward is done and every consumer has
/// answered. A message leaves when its task finishes and takes the directed
/// link for bytes / bandwidth, then latency. The worker time of messages is
/// added to the tasks at both ends. Ties go to the lower task number, so
/// equal inputs give equal outputs.
///
/// Reuses its buffers: use one object for many assignments of one instance.
/// Not thread-safe. O((tasks + messages) log tasks) per run.
class simulator {
public:
  explicit simulator(const instance& x);

  /// Makespan in seconds. `assignment` has a host per node;
  /// `recompute` is empty, or nonzero for each node that runs its forward
  /// again before its backward.
  double run(std::span<const index> assignment,
             std::span<const char> recompute = {});

  /// The details of the last run.
  timeline details() const;

private:
  struct event {
    double time;
    index id; // task that finishes; task + number of tasks that becomes ready
  };

  struct ready_task {
    double key;
    index task;
  };

  void reset(std::span<const index> assignment,
             std::span<const char> recompute);
  void set_durations(std::span<const char> recompute);
  void set_priorities();
  void send_feeds();
  double send(index from, index to, double bytes, double now);
  void arrive(index task, double time, index cause);
  void finish(index task, double now);
  void finish_forward(index v, double now);
  void finish_backward(index v, double now);
  void make_ready(index task);
  void dispatch_host(index host, double now);
  double commit_time() const;

  void push(double time, index id);
  event pop();

  const instance* x_;
  index tasks_;
  std::vector<index> host_;
  std::vector<double> duration_;
  std::vector<double> priority_;
  std::vector<index> missing_;
  std::vector<double> arrival_;
  std::vector<index> cause_;
  std::vector<double> start_;
  std::vector<double> finish_;
  std::vector<event> events_;
  std::vector<std::vector<ready_task>> ready_;
  std::vector<index> idle_;
  std::vector<index> last_finished_;
  std::vector<char> touched_;
  std::vector<index> to_dispatch_;
  std::vector<double> link_free_;
  std::vector<double> link_bytes_;
  std::vector<index> link_messages_;
  double sequence_ = 0;
  double makespan_ = 0;
  double commit_ = 0;
  index last_ = none;
};

/// One run with its details. REQUIRES: find_violation(x, assignment) is empty.
timeline simulate(const instance& x, std::span<const index> assignment,
                  std::span<const char> recompute = {});

} // namespace morph::placement
