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

#include <morph/actors/io/io_slot.hpp>
#include <morph/actors/task/pending.hpp>
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

  /// False if there are so many that more would only cost memory.
  virtual bool has_strands_to_spare() const noexcept {
    return true;
  }

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

  /// Files, sockets and timers of what runs here: `blocking_io` on inline,
  /// `asio_io` elsewhere, made when it is first asked for.
  morph::io& io();

  /// Has what runs here use another one, which outlives the runtime. REQUIRES:
  /// `io` was not called yet.
  void use_io(morph::io& x);

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

  /// MM0511 if the calling thread runs a task of this runtime.
  result<void> may_wait() const;

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

  /// Takes no lock: drivers ask while they hold their own.
  bool has_roots() const noexcept {
    return num_roots_ != 0;
  }

  /// What the roots that are not finished wait for. Its caller holds no lock
  /// that `push` takes, and nothing runs meanwhile.
  std::vector<pending_branch> pending() const;

private:
  virtual std::unique_ptr<morph::io> make_io() const;

  io_slot io_;
  tasks::sharded_count branches_;
  tasks::sharded_count strands_;
  tasks::sharded_count timers_;
  std::atomic<size_t> bound_{size_t{1} << 20};
  std::shared_ptr<placer> placer_;
  std::unique_ptr<tasks::wait_graph> waits_;
  mutable std::mutex mutex_; // taken before the locks of drivers
  std::vector<tasks::branch_core*> roots_;
  std::atomic<size_t> num_roots_{0};
};

} // namespace morph
