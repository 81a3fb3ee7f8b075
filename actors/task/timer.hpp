// One appointment of a branch with the clock of its runtime.
//
// Thread-safety: `start` and `cancel` on the strand of the branch; `run` is
// called by strands, `due` and `order` are constant once armed.
// Invariants:
// 1. The client hears of it at most once, on the strand of the branch, and
//    never after `cancel`.
// 2. A cancelled timer leaves its runtime's heap without waiting for its time.
#pragma once

#include <morph/actors/task/strand.hpp>
#include <morph/actors/task/task_time.hpp>

#include <atomic>
#include <cstdint>
#include <set>

namespace morph::tasks {

class branch_core;

/// Who is told.
class timer_client {
public:
  virtual void timed_out() noexcept = 0;

protected:
  ~timer_client() = default;
};

class timer final : public work {
public:
  /// The branch must be alive until the timer has fired or is cancelled.
  static timer* start(branch_core& of, task_time due, timer_client& client);

  void cancel() noexcept;

  void run(strand& on) noexcept override;

  void add_ref() noexcept {
    refs_.fetch_add(1, std::memory_order_relaxed);
  }

  void release() noexcept {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

  task_time due() const noexcept {
    return due_;
  }

  /// Posts itself where it was armed.
  void fire() {
    at_->post(*this);
  }

  uint64_t order = 0;   ///< Given by the runtime: equal times fire in order.
  bool in_heap = false; ///< The runtime's.

private:
  timer(branch_core& of, task_time due, timer_client& client);
  ~timer();

  branch_core* of_; ///< With a reference.
  timer_client* client_;
  strand_ptr at_;
  task_time due_;
  std::atomic<uint32_t> refs_{2}; ///< The client's and the runtime's.
};

/// Timers by time. Thread-safety: none.
class timer_heap {
public:
  void insert(timer& x) {
    x.order = ++last_;
    x.in_heap = true;
    timers_.insert(&x);
  }

  /// False if it is not there any more.
  bool erase(timer& x) {
    if (!x.in_heap)
      return false;
    timers_.erase(&x);
    x.in_heap = false;
    return true;
  }

  bool empty() const noexcept {
    return timers_.empty();
  }

  size_t size() const noexcept {
    return timers_.size();
  }

  /// REQUIRES: not empty.
  task_time next_due() const noexcept {
    return (*timers_.begin())->due();
  }

  /// Takes the earliest if it is due at `now`, else null.
  timer* pop(task_time now) {
    if (timers_.empty() || next_due() > now)
      return nullptr;
    auto* x = *timers_.begin();
    timers_.erase(timers_.begin());
    x->in_heap = false;
    return x;
  }

private:
  struct earlier {
    bool operator()(const timer* a, const timer* b) const noexcept {
      return a->due() != b->due() ? a->due() < b->due() : a->order < b->order;
    }
  };

  std::set<timer*, earlier> timers_;
  uint64_t last_ = 0;
};

} // namespace morph::tasks
