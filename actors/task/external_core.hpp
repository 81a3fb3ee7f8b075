// Wakes a suspended branch from any thread, once.
//
// Thread-safety: `fire` and counting from any thread; `waiter` belongs to the
// strand of the branch.
#pragma once

#include <morph/actors/task/strand.hpp>
#include <morph/actors/task/work.hpp>

#include <atomic>
#include <cstdint>

namespace morph::tasks {

class suspension;

class external_core : public work {
public:
  explicit external_core(strand& home) noexcept : home_(&home) {
    // nop
  }

  virtual ~external_core();

  void add_ref() noexcept {
    refs_.fetch_add(1, std::memory_order_relaxed);
  }

  void release() noexcept {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

  /// True for whoever comes first, who then must call `fire`.
  bool claim() noexcept {
    return !claimed_.exchange(true, std::memory_order_acq_rel);
  }

  /// REQUIRES: claimed by the caller.
  void fire() {
    add_ref();
    home_->post(*this);
  }

  void run(strand& on) noexcept final;

  strand& home() const noexcept {
    return *home_;
  }

  suspension* waiter = nullptr;
  external_core* next_outside = nullptr; ///< Of the branch subscribed to.

private:
  std::atomic<uint32_t> refs_{1};
  std::atomic<bool> claimed_{false};
  strand_ptr home_;
};

} // namespace morph::tasks
