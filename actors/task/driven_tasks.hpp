// Tasks on the thread that waits for them: strands are queues, one thing runs
// after the other. What differs between its kinds is which strand is next and
// what passes the time.
//
// Thread-safety: as `task_runtime`; one thread drives at a time, others wait.
// Invariants:
// 1. Where nothing can go on any more, whoever waits gets MM0510 with a list
//    of what is pending and why, and all that was pending is cancelled.
// 2. A task that hops here from a runtime with threads brings its thread along
//    if no other one drives; it then blocks in this runtime's way.
#pragma once

#include <morph/actors/task/pending.hpp>
#include <morph/actors/task/task_runtime.hpp>
#include <morph/actors/task/timer_queue.hpp>

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>

namespace morph {

class driven_tasks : public task_runtime {
public:
  tasks::strand_ptr make_strand() final;
  void arm(tasks::timer& x) final;
  void disarm(tasks::timer& x) final;
  void note_away(int by) noexcept final;
  void drive_for_others() final;
  result<void> wait_for(tasks::branch_core& x) final;

  /// Things that have run.
  uint64_t steps() const noexcept {
    return steps_;
  }

protected:
  driven_tasks() = default;
  ~driven_tasks() override = default;

  /// Which of `n` strands with something to do is next.
  virtual size_t pick(size_t n) noexcept = 0;

  /// True if time should pass although there is something to do.
  virtual bool is_late() noexcept {
    return false;
  }

  /// Lets time pass until `due` at the most.
  virtual void pass_time(std::unique_lock<std::mutex>& guard, task_time due)
    = 0;

  /// Runs the next thing; false if there is nothing to do now.
  bool step_once();

  /// Runs what there is, also what timers bring. Returns what is pending.
  std::vector<pending_branch> run_dry();

  /// To be called by destructors of what is derived: cancels and runs
  /// everything to its end.
  void shut_down();

  void changed() noexcept final;

  std::condition_variable condition_;

private:
  class queue;
  class turn;
  friend class queue;

  bool step(std::unique_lock<std::mutex>& guard);
  bool step_or_pass_time(std::unique_lock<std::mutex>& guard);
  void push(queue& to, tasks::work& x);
  void fire_due(std::unique_lock<std::mutex>& guard);
  result<void> stalled(std::unique_lock<std::mutex>& guard);

  /// Messages that came too late for anyone, say to cancel what was done.
  void run_leftovers(std::unique_lock<std::mutex>& guard);

  std::mutex mutex_;
  std::deque<queue*> ready_;
  tasks::timer_queue timers_;
  bool driving_ = false;
  int64_t away_ = 0;
  uint64_t steps_ = 0;
};

} // namespace morph
