// What a coroutine of type `task<T>` keeps besides its locals.
//
// Thread-safety: belongs to the strand of its branch.
#pragma once

#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/frame_pool.hpp>
#include <morph/actors/task/outside_wait.hpp>

#include <coroutine>
#include <exception>
#include <optional>
#include <type_traits>
#include <utility>

namespace morph::tasks {

/// How many bytes the frame has that the thread allocated last.
uint32_t& last_frame_bytes() noexcept;

struct promise_base {
  branch_core* core = nullptr;          ///< The branch it is a part of.
  std::coroutine_handle<> continuation; ///< Who awaits it; null: the branch.
  std::exception_ptr exception;
  uint32_t frame_bytes = last_frame_bytes();
  bool interrupted = false; ///< `exception` is an interruption.

  static void* operator new(size_t n) {
    last_frame_bytes() = static_cast<uint32_t>(n);
    return allocate_frame(n);
  }

  static void operator delete(void* p, size_t n) noexcept {
    free_frame(p, n);
  }

  std::suspend_always initial_suspend() const noexcept {
    return {};
  }

  void unhandled_exception() noexcept {
    exception = std::current_exception();
    interrupted = handles_interruption();
  }

  /// What operations of an `io` ask for when they are awaited.
  outside_wait wait_outside(std::coroutine_handle<> h) const {
    return tasks::wait_outside(*core, h);
  }

  struct last_suspension {
    bool await_ready() const noexcept {
      return false;
    }

    template <class P>
    void await_suspend(std::coroutine_handle<P> h) const noexcept {
      auto& p = h.promise();
      auto& on = *p.core->home();
      if (p.continuation)
        on.transfer(p.continuation);
      else
        on.returned(*p.core);
    }

    void await_resume() const noexcept {
      // nop
    }
  };

  last_suspension final_suspend() const noexcept {
    return {};
  }
};

/// Coroutines that may await what tasks await.
template <class P>
concept task_promise = std::is_base_of_v<promise_base, P>;

template <class T>
struct promise_result : promise_base {
  std::optional<T> value;

  template <class U = T>
    requires std::is_convertible_v<U&&, T>

  void return_value(U&& x) {
    value.emplace(std::forward<U>(x));
  }
};

template <>
struct promise_result<void> : promise_base {
  void return_void() const noexcept {
    // nop
  }
};

} // namespace morph::tasks
