// The seam below tasks: strands to run on, a clock, timers. Implemented by
// `inline_tasks` and `sim_tasks` with queues on the thread that drives them,
// and by `actor_tasks` with actors.
//
// Thread-safety: all members may be called from any thread.
// Invariants:
// 1. What is posted to a strand runs in the order of posting, one at a time.
// 2. A runtime that ends cancels what runs on it and waits until it is gone.
// 3. When nothing runs, all counts are zero.
#pragma once

#include <morph/actors/task/placer.hpp>
#include <morph/actors/task/sharded_count.hpp>
#include <morph/actors/task/strand.hpp>
#include <morph/actors/task/task_time.hpp>
#include <morph/graph/error.hpp>

#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace morph::tasks {

class branch_core;
class timer;
class wait_graph;

} // namespace morph::tasks

namespace morph {

/// What is alive on a runtime.
struct task_counts {
  int64_t branches = 0;
  int64_t strands = 0;
  int64_t timers = 0;

  bool none() const noexcept {
    return branches == 0 && strands == 0 && timers == 0;
  }
};

class task_runtime {
public:
  task_runtime();
  virtual ~task_runtime();

  task_runtime(const task_runtime&) = delete;
  task_runtime& operator=(const task_runtime&) = delete;

  virtual std::string name() const = 0;

  /// True if a branch can wait for what another one has yet to do.
  virtual bool overlaps() const noexcept = 0;

  /// True while more strands would keep processors busy.
  virtual bool wants_strands() const noexcept = 0;

  virtual task_time now() const noexcept = 0;

  task_counts counts() const noexcept;

  /// Bounds the branches that exist at a time; MM0512 beyond.
  void bound_branches(size_t n) noexcept {
    bound_.store(n, std::memory_order_relaxed);
  }

  void use(std::shared_ptr<placer> x);

  placer& where() const noexcept {
    return *placer_;
  }

  // -- what branches call -----------------------------------------------------

  virtual tasks::strand_ptr make_strand() = 0;

  /// Takes over a reference to `x`.
  virtual void arm(tasks::timer& x) = 0;
  virtual void disarm(tasks::timer& x) = 0;

  /// A branch counted here runs on another runtime, or no longer does.
  virtual void note_away(int by) noexcept;

  /// Called by a thread that has posted here from another runtime, when it can
  /// lend itself.
  virtual void drive_for_others();

  /// Takes over a reference to a branch without an owner and starts it.
  void adopt_root(tasks::branch_core& x);

  /// Called when it is finished.
  void root_finished(tasks::branch_core& x) noexcept;

  /// Counts branches; false if there are too many.
  bool count_branch() noexcept;

  void uncount_branch() noexcept {
    branches_.add(-1);
  }

  void count_strand(int by) noexcept {
    strands_.add(by);
  }

  size_t bound() const noexcept {
    return bound_.load(std::memory_order_relaxed);
  }

  tasks::wait_graph& waits() noexcept {
    return *waits_;
  }

  // -- what plain threads call ------------------------------------------------

  /// Blocks until `x` is finished. An error if that cannot be: MM0510 where
  /// nothing can go on, MM0511 from a task that would wait for itself.
  virtual result<void> wait_for(tasks::branch_core& x) = 0;

  /// Cancels all that was started here.
  void cancel_roots(bool hard = false);

  /// Cancels one of them; nothing if it is finished.
  void cancel_root(tasks::branch_core& x);

protected:
  /// Wakes who waits in `wait_for`.
  virtual void changed() noexcept = 0;

  void count_timer(int by) noexcept {
    timers_.add(by);
  }

  int64_t num_strands() const noexcept {
    return strands_.sum();
  }

  bool has_roots() const noexcept;

  /// The roots that are not finished; changes under its caller's feet unless
  /// nothing runs.
  const std::vector<tasks::branch_core*>& roots() const noexcept {
    return roots_;
  }

private:
  tasks::sharded_count branches_;
  tasks::sharded_count strands_;
  tasks::sharded_count timers_;
  std::atomic<size_t> bound_{size_t{1} << 20};
  std::shared_ptr<placer> placer_;
  std::unique_ptr<tasks::wait_graph> waits_;
  mutable std::mutex mutex_;
  std::vector<tasks::branch_core*> roots_;
};

} // namespace morph
