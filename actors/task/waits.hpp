// What a context lets a task wait for: time, another turn, another runtime.
//
// Thread-safety: belongs to the strand of the branch that waits.
#pragma once

#include <morph/actors/task/promise.hpp>
#include <morph/actors/task/suspension.hpp>
#include <morph/actors/task/timer.hpp>

#include <coroutine>

namespace morph {

class task_runtime;

} // namespace morph

namespace morph::tasks {

/// Until a point in time.
class sleep_wait final : public suspension, public timer_client {
public:
  explicit sleep_wait(task_time due) noexcept : due_(due) {
    // nop
  }

  bool await_ready() const noexcept {
    return false;
  }

  template <task_promise P>
  bool await_suspend(std::coroutine_handle<P> h) {
    return begin(*h.promise().core, h);
  }

  void await_resume();

  void detach() noexcept override;
  std::string what() const override;
  void timed_out() noexcept override;

private:
  bool begin(branch_core& me, std::coroutine_handle<> h);

  task_time due_;
  timer* timer_ = nullptr;
};

/// Until everybody else had a turn.
class turn_wait final : public suspension, public work {
public:
  bool await_ready() const noexcept {
    return false;
  }

  template <task_promise P>
  void await_suspend(std::coroutine_handle<P> h) {
    begin(*h.promise().core, h);
  }

  void await_resume();

  void detach() noexcept override;
  std::string what() const override;
  void run(strand& on) noexcept override;

private:
  void begin(branch_core& me, std::coroutine_handle<> h);
};

/// Until the branch is on another runtime.
class hop_wait final : public suspension, public work {
public:
  explicit hop_wait(task_runtime& to) noexcept : to_(&to) {
    // nop
  }

  bool await_ready() const noexcept {
    return false;
  }

  template <task_promise P>
  bool await_suspend(std::coroutine_handle<P> h) {
    return begin(*h.promise().core, h);
  }

  void await_resume() const noexcept {
    // nop
  }

  void detach() noexcept override;
  std::string what() const override;
  void run(strand& on) noexcept override;

private:
  bool begin(branch_core& me, std::coroutine_handle<> h);

  task_runtime* to_;
};

} // namespace morph::tasks

namespace morph {

/// Goes on as a branch of another runtime, on whose strands what it branches
/// then runs, until it hops back:
///
///   co_await on(other);
inline tasks::hop_wait on(task_runtime& rt) noexcept {
  return tasks::hop_wait{rt};
}

} // namespace morph
