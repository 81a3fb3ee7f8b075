// One appointment of a branch with the clock of its runtime.
//
// Thread-safety: `start` and `cancel` on the strand of the branch; `run` is
// called by strands, `due` and `order` are constant once armed.
// Invariants:
// 1. The client hears of it at most once, on the strand of the branch, and
//    never after `cancel`.
// 2. A cancelled timer leaves its runtime's queue without waiting for its time.
#pragma once

#include <morph/actors/task/strand.hpp>
#include <morph/actors/task/task_time.hpp>

#include <boost/intrusive/set_hook.hpp>

#include <atomic>
#include <cstdint>

namespace morph::tasks {

class branch_core;

/// Who is told.
class timer_client {
public:
  virtual void timed_out() noexcept = 0;

protected:
  ~timer_client() = default;
};

class timer final : public work, public boost::intrusive::set_base_hook<> {
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

  uint64_t order = 0; ///< Given by the runtime: equal times fire in order.

private:
  timer(branch_core& of, task_time due, timer_client& client);
  ~timer();

  branch_core* of_; ///< With a reference.
  timer_client* client_;
  strand_ptr at_;
  task_time due_;
  std::atomic<uint32_t> refs_{2}; ///< The client's and the runtime's.
};

} // namespace morph::tasks
