// A scope without its coroutine: the branches in it and what they may do.
//
// Thread-safety: belongs to the strand of its owner.
// Invariants:
// 1. `live` counts the branches of which the owner has not been told that they
//    are finished; the owner does not finish before it is zero.
// 2. A named scope keeps finished branches until their results are taken or it
//    is left; the scope of `context::branch` keeps none.
// 3. At most as many branches of a limit are started and not finished as it
//    says; those that wait are started by priority, then in order.
#pragma once

#include <morph/actors/task/reason.hpp>
#include <morph/actors/task/timer.hpp>
#include <morph/graph/error.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <source_location>
#include <typeindex>
#include <vector>

namespace morph::tasks {

class branch_core;
class scope_core;
class suspension;

/// Tells functions apart: by address, or by type where they have none.
struct function_key {
  std::type_index type = typeid(void);
  void (*address)() = nullptr;

  bool operator==(const function_key&) const = default;
};

template <class F>
function_key key_of(const F& f) noexcept {
  if constexpr (std::is_pointer_v<
                  F> && std::is_function_v<std::remove_pointer_t<F>>)
    return {typeid(F), reinterpret_cast<void (*)()>(f)};
  else
    return {typeid(F), nullptr};
}

/// At most `most` branches at a time, of all or of one function.
struct limit {
  size_t most = 0;
  std::optional<function_key> of;
  size_t running = 0;
};

/// What only named scopes have.
struct scope_extra final : timer_client {
  explicit scope_extra(scope_core& whose);
  ~scope_extra();

  /// Its deadline has passed.
  void timed_out() noexcept override;

  scope_core& whose;
  place where;
  std::vector<limit> limits;

  /// Branches that wait for a place, by the limits that they are under.
  struct line {
    uint32_t mask = 0;
    std::deque<branch_core*> waiting;
  };

  std::vector<line> lines;
  size_t waiting = 0;
  size_t bound = 0; ///< Of branches that exist; 0: none of its own.
  timer* timeout = nullptr;
  std::optional<task_time> due;
  reason_ptr reason; ///< Why it was cancelled.
  branch_core* first_failed = nullptr;
  branch_core* done_first = nullptr; ///< In the order in which they finished.
  branch_core* done_last = nullptr;
  bool fails_fast = false;
  std::vector<std::shared_ptr<void>> links; ///< To stop tokens from outside.
};

class scope_core {
public:
  explicit scope_core(branch_core& owner) noexcept : owner_(&owner) {
    // nop
  }

  scope_core(const scope_core&) = delete;
  scope_core& operator=(const scope_core&) = delete;

  branch_core& owner() const noexcept {
    return *owner_;
  }

  size_t live() const noexcept {
    return live_;
  }

  /// Null for the scope of `context::branch`.
  scope_extra* extra() const noexcept {
    return extra_.get();
  }

  void make_named(place where);

  /// Takes over the scope's reference to `x`.
  void add(branch_core& x) noexcept;

  /// Starts `x`, or lets it wait for a place.
  void admit(branch_core& x) noexcept;

  /// True if a branch of any function could start at once.
  bool has_room() const noexcept;

  void branch_done(branch_core& x) noexcept;

  /// Lets go of a finished branch.
  void forget(branch_core& x) noexcept;

  /// The same, also if the owner has not been told yet that it is finished.
  void seen(branch_core& x) noexcept;

  /// Removes one that waits for a place.
  void unqueue(branch_core& x) noexcept;

  /// The branch that finished first among those that were not taken.
  branch_core* first_done() noexcept;

  void cancel(const reason_ptr& why, bool hard = false) noexcept;

  /// Its coroutine is through: cancels what is left. Deletes the scope as soon
  /// as it is empty, unless it is the owner's implicit one.
  void leave() noexcept;

  bool left() const noexcept {
    return left_;
  }

  branch_core* first() const noexcept {
    return first_;
  }

  suspension* waiter = nullptr;
  scope_core* next_open = nullptr; ///< Among the owner's scopes.

private:
  void keep(branch_core& x) noexcept;
  void notify() noexcept;
  void start_waiting() noexcept;
  void unlink(branch_core& x) noexcept;
  void drop_finished() noexcept;
  bool fits(uint32_t mask) const noexcept;
  void take_places(uint32_t mask, int by) noexcept;

  branch_core* owner_;
  branch_core* first_ = nullptr;
  branch_core* last_ = nullptr;
  size_t live_ = 0;
  std::unique_ptr<scope_extra> extra_;
  bool left_ = false;
};

/// The reason of what is cancelled because its scope is left.
const reason_ptr& left_behind() noexcept;

} // namespace morph::tasks
