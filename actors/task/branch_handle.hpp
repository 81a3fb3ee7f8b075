// What `branch` returns: a reference to a branch, to be awaited.
//
//   auto h = self.branch(f, x);
//   auto& y = co_await h;             // stays in the handle
//   auto z = co_await std::move(h);   // moves it out
//   auto r = co_await settled(h);     // result<T>, throws nothing
//
// Thread-safety: a value. Any number of handles, on any strands, may refer to
// one branch; where its result is taken by several, it is copied.
// Invariants:
// 1. Dropping a handle changes nothing: the branch belongs to its scope.
// 2. Awaiting what cannot finish before the awaiting branch does is MM0513.
#pragma once

#include <morph/actors/task/branch_result.hpp>
#include <morph/actors/task/handle_wait.hpp>
#include <morph/actors/task/promise.hpp>

#include <coroutine>
#include <utility>

namespace morph {

namespace tasks {

struct access;

} // namespace tasks

template <class T>
class branch_handle {
public:
  using value_type = T;

  /// Refers to nothing; awaiting it is MM0514.
  branch_handle() = default;

  explicit operator bool() const noexcept {
    return static_cast<bool>(x_);
  }

  bool done() const noexcept {
    return x_ && x_->finished();
  }

  std::string name() const {
    return x_ ? x_->name() : std::string{};
  }

  template <bool Move>
  class awaiter final : public tasks::handle_wait {
  public:
    explicit awaiter(tasks::branch_ref<tasks::branch_result<T>> x) noexcept
      : handle_wait(x.get()), x_(std::move(x)) {
      // nop
    }

    decltype(auto) await_resume() {
      finish();
      if constexpr (std::is_void_v<T>) {
        return;
      } else if constexpr (Move) {
        return unwrap(take(*x_));
      } else {
        if (x_->taken.load(std::memory_order_acquire))
          throw failure{
            {errc::no_result, "the result of this branch was taken before"}};
        return static_cast<const T&>(*x_->value);
      }
    }

  private:
    tasks::branch_ref<tasks::branch_result<T>> x_;
  };

  class settled_awaiter final : public tasks::handle_wait {
  public:
    settled_awaiter(tasks::branch_ref<tasks::branch_result<T>> x) noexcept
      : handle_wait(x.get()), x_(std::move(x)) {
      // nop
    }

    result<T> await_resume() {
      if (auto ok = outcome(); !ok)
        return fail(std::move(ok.error()));
      if constexpr (std::is_void_v<T>)
        return {};
      else
        return take(*x_);
    }

  private:
    tasks::branch_ref<tasks::branch_result<T>> x_;
  };

  /// Waits for the result, and refers to it. Throws the branch's error.
  awaiter<false> operator co_await() const& noexcept {
    return awaiter<false>{x_};
  }

  /// Waits for the result, and takes it.
  awaiter<true> operator co_await() && noexcept {
    return awaiter<true>{std::move(x_)};
  }

private:
  friend struct tasks::access;

  explicit branch_handle(tasks::branch_ref<tasks::branch_result<T>> x) noexcept
    : x_(std::move(x)) {
    // nop
  }

  tasks::branch_ref<tasks::branch_result<T>> x_;
};

namespace tasks {

/// What the library may see of handles.
struct access {
  template <class T>
  static const branch_ref<branch_result<T>>& of(const branch_handle<T>& x) {
    return x.x_;
  }

  template <class T>
  static branch_handle<T> make(branch_ref<branch_result<T>> x) {
    return branch_handle<T>{std::move(x)};
  }
};

} // namespace tasks

/// Awaits a branch without throwing: its result, or its error.
template <class T>
auto settled(const branch_handle<T>& x) {
  return typename branch_handle<T>::settled_awaiter{tasks::access::of(x)};
}

} // namespace morph
