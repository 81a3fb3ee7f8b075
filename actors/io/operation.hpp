// One thing asked of an `io` that has not been started yet: `co_await` it in
// any coroutine, or `start` it with a callback.
//
//   auto n = co_await f.read(0, buffer);               // result<size_t>
//   f.read(0, buffer).until(stop).on(strand).start([](result<size_t> n) {});
//
// Thread-safety: none until it is started; then the callback may come from
// another thread, or before `start` returns.
//
// Invariants:
// 1. A started operation completes exactly once, also if it is cancelled
//    (MM0502). What it did before the stop request counts: then it succeeds.
// 2. What is dropped before its start does nothing.
// 3. Buffers belong to the caller and must live until the operation completes.
// 4. An operation that is complete at once does not suspend who awaits it, so
//    a loop over such operations takes no stack.
#pragma once

#include <morph/actors/io/stop_link.hpp>
#include <morph/graph/error.hpp>

#include <atomic>
#include <coroutine>
#include <functional>
#include <memory>
#include <optional>
#include <semaphore>
#include <stop_token>
#include <utility>

namespace morph {

/// Runs a function, now or later, here or elsewhere: a task's strand, say.
using io_executor = std::function<void(std::function<void()>)>;

/// How an operation reports back.
template <class T>
using io_callback = std::function<void(result<T>)>;

/// The value of a cancelled operation.
tl::unexpected<error> io_cancelled();

namespace detail {

template <class T>
class io_promise;

} // namespace detail

/// May also be the return type of a coroutine that awaits other operations;
/// its stop token is then that of each of them. REQUIRES: `T` is copyable.
template <class T>
class [[nodiscard]] io_operation {
public:
  using value_type = T;
  using promise_type = detail::io_promise<T>;
  using starter = std::function<void(std::stop_token, io_callback<T>)>;

  /// An operation that is complete.
  explicit io_operation(result<T> outcome) : outcome_(std::move(outcome)) {
    // nop
  }

  /// `f` begins it and sees to it that the callback is called once.
  explicit io_operation(starter f) : begin_(std::move(f)) {
    // nop
  }

  io_operation(io_operation&&) noexcept = default;
  io_operation& operator=(io_operation&&) noexcept = default;

  /// Cancels when `x` says so; each of several tokens does.
  io_operation until(std::stop_token x) && {
    if (!shielded_ && !outcome_)
      stop_.add(std::move(x));
    return std::move(*this);
  }

  /// Calls back, or goes on with the coroutine, inside `x`. An operation that
  /// is complete at once goes on where it was awaited.
  io_operation on(io_executor x) && {
    executor_ = std::move(x);
    return std::move(*this);
  }

  /// Ignores stop tokens given from now on: for what must be cleaned up.
  io_operation shielded() && {
    shielded_ = true;
    return std::move(*this);
  }

  /// Begins; `done` is called exactly once.
  void start(io_callback<T> done) && {
    if (executor_)
      done = [done = std::move(done), ex = std::move(executor_)](result<T> x) {
        ex([done, x = std::move(x)]() mutable { done(std::move(x)); });
      };
    if (outcome_)
      done(std::move(*outcome_));
    else
      begin(std::move(done));
  }

  /// Begins and blocks until it is complete. Not for threads on which it
  /// would have to proceed.
  result<T> wait() && {
    struct slot {
      std::binary_semaphore filled{0};
      std::optional<result<T>> outcome;
    };

    auto x = std::make_shared<slot>();
    std::move(*this).start([x](result<T> y) {
      x->outcome.emplace(std::move(y));
      x->filled.release();
    });
    x->filled.acquire();
    return std::move(*x->outcome);
  }

  class awaiter;

  awaiter operator co_await() && {
    return awaiter{std::move(*this)};
  }

private:
  void begin(io_callback<T> done) {
    if (stop_.requested()) {
      begin_ = nullptr;
      done(io_cancelled());
      return;
    }
    auto stop = stop_.token();
    auto f = std::exchange(begin_, nullptr);
    if (auto link = stop_.take_link())
      f(std::move(stop),
        [done = std::move(done), link = std::move(link)](result<T> x) {
          link->end();
          done(std::move(x));
        });
    else
      f(std::move(stop), std::move(done));
  }

  std::optional<result<T>> outcome_;
  starter begin_;
  io_executor executor_;
  detail::stop_set stop_;
  bool shielded_ = false;
};

template <class T>
class io_operation<T>::awaiter {
public:
  explicit awaiter(io_operation op) : op_(std::move(op)) {
    // nop
  }

  bool await_ready() const noexcept {
    return op_.outcome_.has_value();
  }

  /// A promise may know better where its coroutine goes on, and when to stop:
  /// `wait_outside(handle)` returns a `stop` and a `resume`. Then an executor
  /// is not asked, and the coroutine does not go on before this function has
  /// returned.
  template <class P>
  bool await_suspend(std::coroutine_handle<P> c) {
    if constexpr (requires { c.promise().wait_outside(c); }) {
      auto outside = c.promise().wait_outside(c);
      if (!op_.shielded_)
        op_.stop_.add(std::move(outside.stop));
      op_.begin([this, resume = std::move(outside.resume)](result<T> x) {
        op_.outcome_.emplace(std::move(x));
        resume();
      });
      return true;
    } else {
      return suspend(c);
    }
  }

  result<T> await_resume() {
    return std::move(*op_.outcome_);
  }

private:
  enum class state : uint8_t { starting, suspended, complete };

  bool suspend(std::coroutine_handle<> c) {
    waiting_ = c;
    op_.begin([this](result<T> x) { arrive(std::move(x)); });
    return state_.exchange(state::suspended, std::memory_order_acq_rel)
           != state::complete;
  }

  void arrive(result<T> x) {
    op_.outcome_.emplace(std::move(x));
    // Once the state is set, whoever suspends may go on and destroy all this.
    auto ex = std::move(op_.executor_);
    auto c = waiting_;
    if (state_.exchange(state::complete, std::memory_order_acq_rel)
        == state::starting)
      return;
    if (ex)
      ex([c] { c.resume(); });
    else
      c.resume();
  }

  io_operation op_;
  std::coroutine_handle<> waiting_;
  std::atomic<state> state_{state::starting};
};

} // namespace morph

#include <morph/actors/io/promise.hpp>
