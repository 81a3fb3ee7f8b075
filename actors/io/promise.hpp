// Coroutines that are operations themselves: lazy, cancelled through the
// operations they await. Included by operation.hpp.
#pragma once

#include <morph/actors/io/operation.hpp>

#include <exception>

namespace morph::detail {

/// What an exception becomes that leaves such a coroutine.
error error_of(const std::exception_ptr& x) noexcept;

template <class T>
class io_promise {
public:
  using handle = std::coroutine_handle<io_promise>;

  io_operation<T> get_return_object() {
    // The frame is destroyed if the operation never starts.
    auto frame = std::make_shared<owner>(handle::from_promise(*this));
    return io_operation<T>{typename io_operation<T>::starter{
      [frame](std::stop_token stop, io_callback<T> done) {
        auto h = frame->release();
        h.promise().stop_ = std::move(stop);
        h.promise().done_ = std::move(done);
        h.resume();
      }}};
  }

  std::suspend_always initial_suspend() const noexcept {
    return {};
  }

  auto final_suspend() const noexcept {
    struct last {
      bool await_ready() const noexcept {
        return false;
      }

      void await_suspend(handle h) const noexcept {
        auto done = std::move(h.promise().done_);
        auto outcome = std::move(*h.promise().outcome_);
        h.destroy();
        done(std::move(outcome));
      }

      void await_resume() const noexcept {
        // nop
      }
    };

    return last{};
  }

  void return_value(result<T> x) {
    outcome_.emplace(std::move(x));
  }

  void unhandled_exception() noexcept {
    outcome_.emplace(fail(error_of(std::current_exception())));
  }

  template <class U>
  auto await_transform(io_operation<U> x) {
    return std::move(x).until(stop_).operator co_await();
  }

private:
  class owner {
  public:
    explicit owner(handle h) noexcept : handle_(h) {
      // nop
    }

    owner(const owner&) = delete;
    owner& operator=(const owner&) = delete;

    ~owner() {
      if (handle_)
        handle_.destroy();
    }

    handle release() noexcept {
      return std::exchange(handle_, {});
    }

  private:
    handle handle_;
  };

  std::stop_token stop_;
  io_callback<T> done_;
  std::optional<result<T>> outcome_;
};

} // namespace morph::detail
