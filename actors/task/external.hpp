// A result that comes from outside of all tasks: from a callback, a CAF
// response, another event loop.
//
//   auto reply = co_await self.external<int>([&](completer<int> done) {
//     service.ask([done](int x) { done(x); });
//   });
//
// Thread-safety: a completer is a value that any thread may call.
// Invariants:
// 1. The first call counts; later ones do nothing.
// 2. If the last completer is dropped without a call, the wait ends with
//    MM0501.
// 3. A wait that was cancelled ignores what comes later.
#pragma once

#include <morph/actors/task/branch_result.hpp>
#include <morph/actors/task/external_core.hpp>
#include <morph/actors/task/promise.hpp>
#include <morph/actors/task/task_runtime.hpp>

#include <memory>
#include <optional>
#include <utility>

namespace morph {

namespace tasks {

template <class T>
class external_state final : public external_core {
public:
  using external_core::external_core;

  std::optional<result<T>> value;
};

} // namespace tasks

template <class T>
class completer {
public:
  explicit completer(tasks::external_state<T>& x)
    : x_(std::make_shared<owner>(x)) {
    // nop
  }

  /// False if somebody was faster.
  bool complete(result<T> x) const {
    return x_->complete(std::move(x));
  }

  template <class... Ts>
  bool operator()(Ts&&... xs) const {
    if constexpr (sizeof...(Ts) == 0)
      return complete({});
    else
      return complete(result<T>{std::forward<Ts>(xs)...});
  }

private:
  struct owner {
    explicit owner(tasks::external_state<T>& x) : state(&x) {
      x.add_ref();
      x.home().runtime().note_away(1);
    }

    ~owner() {
      complete(fail(errc::node_failed,
                    "what it waited for was dropped without a result"));
      state->release();
    }

    bool complete(result<T> x) const {
      if (!state->claim())
        return false;
      auto& rt = state->home().runtime();
      state->value.emplace(std::move(x));
      state->fire();
      rt.note_away(-1);
      return true;
    }

    tasks::external_state<T>* state;
  };

  std::shared_ptr<owner> x_;
};

namespace tasks {

template <class T, class F>
class external_wait final : public suspension {
public:
  explicit external_wait(F start) : start_(std::move(start)) {
    // nop
  }

  external_wait(external_wait&&) = delete;

  ~external_wait() {
    if (state_)
      state_->release();
  }

  bool await_ready() const noexcept {
    return false;
  }

  template <task_promise P>
  bool await_suspend(std::coroutine_handle<P> h) {
    auto& me = *h.promise().core;
    who = &me;
    if (me.interrupted()) {
      interrupted = true;
      return false;
    }
    state_ = new external_state<T>{*me.home()};
    state_->waiter = this;
    me.suspend(*this, h);
    try {
      start_(completer<T>{*state_});
    } catch (...) {
      // The dropped completer posts; there is no one to wake any more.
      state_->waiter = nullptr;
      me.unsuspend();
      throw;
    }
    return true;
  }

  T await_resume() {
    if (interrupted)
      who->throw_reason();
    return unwrap(std::move(*state_->value));
  }

  void detach() noexcept override {
    state_->waiter = nullptr;
  }

  std::string what() const override {
    return "something outside";
  }

private:
  F start_;
  external_state<T>* state_ = nullptr;
};

} // namespace tasks

} // namespace morph
