// A coroutine that may branch: starts when it is awaited or branched.
//
//   morph::task<long> fib(morph::context& self, long n) {
//     if (n < 2)
//       co_return n;
//     auto a = self.branch(fib, n - 1);
//     auto b = self.branch(fib, n - 2, morph::keep_local);
//     co_return co_await a + co_await b;
//   }
//
// `co_await f(self, x)` is a call: what it throws is thrown on, and it belongs
// to the branch that calls. `self.branch(f, x)` makes a branch of its own.
//
// Thread-safety: a value; not to be used by two threads at once.
#pragma once

#include <morph/actors/task/promise.hpp>

#include <coroutine>
#include <utility>

namespace morph {

template <class T>
class [[nodiscard]] task {
public:
  using value_type = T;

  struct promise_type : tasks::promise_result<T> {
    task get_return_object() noexcept {
      return task{handle::from_promise(*this)};
    }
  };

  using handle = std::coroutine_handle<promise_type>;

  task(task&& x) noexcept : h_(std::exchange(x.h_, nullptr)) {
    // nop
  }

  task& operator=(task&& x) noexcept {
    std::swap(h_, x.h_);
    return *this;
  }

  ~task() {
    if (h_)
      h_.destroy();
  }

  /// The coroutine; its owner from now on is the caller.
  handle release() noexcept {
    return std::exchange(h_, nullptr);
  }

  /// Where its locals live.
  std::pair<const void*, size_t> frame() const noexcept {
    return {h_.address(), h_.promise().frame_bytes};
  }

  struct awaiter {
    handle h;

    bool await_ready() const noexcept {
      return false;
    }

    template <class P>
    bool await_suspend(std::coroutine_handle<P> caller) const {
      static_assert(tasks::task_promise<P>,
                    "a task is awaited by another task; a program starts one "
                    "with morph::run");
      if (!h)
        return false;
      auto& p = h.promise();
      p.core = caller.promise().core;
      p.continuation = caller;
      p.core->home()->transfer(h);
      return true;
    }

    T await_resume() const {
      if (!h)
        throw failure{{errc::no_result, "this task was awaited before"}};
      auto& p = h.promise();
      if (p.exception)
        std::rethrow_exception(p.exception);
      if constexpr (!std::is_void_v<T>)
        return std::move(*p.value);
    }
  };

  /// Runs it here; the frame ends with this object.
  awaiter operator co_await() && noexcept {
    return {h_ && !h_.done() ? h_ : nullptr};
  }

private:
  explicit task(handle h) noexcept : h_(h) {
    // nop
  }

  handle h_;
};

template <class T>
inline constexpr bool is_task = false;

template <class T>
inline constexpr bool is_task<task<T>> = true;

} // namespace morph
