// Waiting for one branch, without its type.
//
// Thread-safety: belongs to the strand of the branch that waits.
#pragma once

#include <morph/actors/task/branch_result.hpp>
#include <morph/actors/task/promise.hpp>
#include <morph/actors/task/suspension.hpp>

#include <coroutine>

namespace morph::tasks {

class external_core;

class handle_wait : public suspension {
public:
  explicit handle_wait(branch_core* whom) noexcept : whom_(whom) {
    // nop
  }

  handle_wait(const handle_wait&) = delete;
  handle_wait& operator=(const handle_wait&) = delete;

  bool await_ready() const noexcept {
    return false; // who waits is not known before it suspends
  }

  template <class P>
  bool await_suspend(std::coroutine_handle<P> h) {
    static_assert(task_promise<P>, "a branch is awaited by a task");
    return begin(*h.promise().core, h);
  }

  void detach() noexcept final;
  std::string what() const final;

protected:
  ~handle_wait();

  /// Throws what went wrong.
  void finish();

  /// The same as a value.
  result<void> outcome();

  /// The result of the branch, moved if it belongs to who waits.
  template <class T>
  result<stored<T>> take(branch_result<T>& x) {
    auto out = x.take(is_own());
    seen();
    return out;
  }

private:
  /// False if there is nothing to wait for.
  bool begin(branch_core& who, std::coroutine_handle<> h);

  bool is_own() const noexcept;

  /// Its scope need not keep it any longer.
  void seen() noexcept;

  branch_core* whom_;
  external_core* from_outside_ = nullptr;
  bool in_graph_ = false;
  std::unique_ptr<error> refused_;
};

} // namespace morph::tasks
