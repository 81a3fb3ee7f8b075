// What a task function gets as its first parameter: its branch, seen from
// inside.
//
// Thread-safety: belongs to the strand of its branch; not to be kept.
// Invariants:
// 1. What is branched here and is not done when the function returns is
//    cancelled, and the branch is not finished before it is gone.
// 2. Once the branch is cancelled, all that it awaits ends at once with the
//    reason, but for what runs `shielded`.
#pragma once

#include <morph/actors/task/branch.hpp>
#include <morph/actors/task/brancher.hpp>
#include <morph/actors/task/external.hpp>
#include <morph/actors/task/task_time.hpp>
#include <morph/actors/task/waits.hpp>

#include <chrono>
#include <optional>
#include <stop_token>
#include <string>

namespace morph {

class context : public tasks::brancher<context> {
public:
  static constexpr bool joins_first = false;

  explicit context(tasks::branch_core& x) noexcept : core_(x) {
    // nop
  }

  context(const context&) = delete;
  context& operator=(const context&) = delete;

  /// The runtime that it is on.
  task_runtime& runtime() const noexcept {
    return core_.home()->runtime();
  }

  /// Files, sockets and timers of that runtime. What it awaits of them ends
  /// with an error value when the branch is cancelled.
  morph::io& io() const {
    return runtime().io();
  }

  /// Time of that runtime.
  task_time now() const noexcept {
    return runtime().now();
  }

  template <class Rep, class Period>
  tasks::sleep_wait sleep_for(std::chrono::duration<Rep, Period> d) const {
    return tasks::sleep_wait{
      now() + std::chrono::duration_cast<task_clock::duration>(d)};
  }

  tasks::sleep_wait sleep_until(task_time t) const {
    return tasks::sleep_wait{t};
  }

  /// Lets others have a turn.
  tasks::turn_wait yield() const {
    return {};
  }

  /// Waits for `start`'s argument, a `completer<T>`, to be called.
  template <class T, class F>
  tasks::external_wait<T, F> external(F start) const {
    return tasks::external_wait<T, F>{std::move(start)};
  }

  /// Calls `f(self, args...)` here; a cancellation does not interrupt it. For
  /// cleaning up.
  template <class F, class... As>
  auto shielded(F f, As... args) -> task<tasks::branch_value<F, As...>>;

  bool cancelled() const noexcept {
    return core_.interrupted();
  }

  /// For code that computes long: throws if the branch is cancelled.
  void throw_if_cancelled() const {
    if (cancelled())
      core_.throw_reason();
  }

  /// Is stopped when the branch is cancelled.
  std::stop_token stop_token() const {
    return core_.stop_token();
  }

  /// Its own or an inherited one, whichever is earlier.
  std::optional<task_time> deadline() const noexcept {
    return core_.due;
  }

  /// As errors call it.
  std::string name() const {
    return core_.name();
  }

  /// Branches above it.
  size_t depth() const noexcept {
    return core_.depth;
  }

  /// The branch; for what extends tasks.
  tasks::branch_core& branch_of() const noexcept {
    return core_;
  }

  tasks::scope_core& core() noexcept {
    return core_.implicit;
  }

  template <class A>
  void check_argument(const A&, std::source_location) const noexcept {
    // nop
  }

private:
  tasks::branch_core& core_;
};

} // namespace morph

#include <morph/actors/task/branch_impl.hpp>

namespace morph {

namespace tasks {

/// Holds a shield while it exists.
class shield_guard {
public:
  explicit shield_guard(branch_core& x) noexcept : x_(x) {
    x_.shield(1);
  }

  shield_guard(const shield_guard&) = delete;

  ~shield_guard() {
    x_.shield(-1);
  }

private:
  branch_core& x_;
};

} // namespace tasks

template <class F, class... As>
auto context::shielded(F f, As... args) -> task<tasks::branch_value<F, As...>> {
  tasks::shield_guard guard{core_};
  std::tuple<As...> inputs{std::move(args)...};
  using call = tasks::call<F, std::tuple<As...>>;
  if constexpr (is_task<std::remove_cvref_t<typename call::returned>>)
    co_return co_await call::run(f, *this, inputs);
  else
    co_return call::run(f, *this, inputs);
}

} // namespace morph
