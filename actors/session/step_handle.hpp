// The outcome of a step that may still be running: wait for it with `get`,
// continue with `then`, or `co_await` it.
//
// Thread-safety: handles may be copied and used from any thread.
#pragma once

#include <morph/actors/machine/step_machine.hpp>
#include <morph/graph/graph.hpp>

#include <caf/fwd.hpp>

#include <coroutine>
#include <functional>
#include <memory>

namespace morph {

/// Values and gradients of one step, by the expressions of the user's graph.
class step_values {
public:
  /// Where the results of a session are found.
  struct index {
    std::map<port_ref, size_t> results;
    std::map<node_id, size_t> gradients;
    std::vector<size_t> losses;
  };

  step_values() = default;

  step_values(step_output output, std::shared_ptr<const index> where)
    : output_(std::move(output)), where_(std::move(where)) {
    // nop
  }

  uint64_t step() const noexcept {
    return output_.step;
  }

  /// Throws `failure` (MM0109) if `x` is not among the session's results.
  const value& operator[](const expr& x) const;

  /// As `operator[]`, as a tensor.
  tensor at(const expr& x) const;

  /// The gradient of the losses; null if none flowed. Throws `failure`
  /// (MM0109) if the session does not return it.
  tensor gradient(const expr& x) const;

  /// Sum of the losses, in their order.
  double loss() const;

private:
  step_output output_;
  std::shared_ptr<const index> where_;
};

class step_handle {
public:
  using continuation = std::function<void(const result<step_values>&)>;

  /// Runs a function, now or later.
  using executor = std::function<void(std::function<void()>)>;

  step_handle();

  /// Of a step that actors of `sys` run; null: there are none.
  explicit step_handle(caf::actor_system* sys);

  /// Waits, then returns the values or throws `failure`.
  step_values get() const;

  /// Waits, then returns the outcome as a value.
  const result<step_values>& wait() const&;

  /// The same of a handle that ends here, and the outcome with it.
  result<step_values> wait() &&;

  /// True once the outcome is there.
  bool ready() const noexcept;

  /// Calls `f` once with the outcome: at once if it is there already,
  /// otherwise from a thread that the session keeps for this, in the order in
  /// which steps finish. There `f` may block and start further steps. What it
  /// throws is dropped.
  void then(continuation f) const;

  /// Sets the outcome. Continuations run inside `elsewhere`, or here if that
  /// is empty. REQUIRES: first call.
  void fulfil(result<step_values> x, const executor& elsewhere = {}) const;

  /// Awaiting yields `step_values` or throws `failure`; the coroutine goes on
  /// where continuations run.
  auto operator co_await() const {
    struct awaiter {
      step_handle handle;

      bool await_ready() const noexcept {
        return handle.ready();
      }

      void await_suspend(std::coroutine_handle<> c) const {
        handle.then([c](const result<step_values>&) { c.resume(); });
      }

      step_values await_resume() const {
        return handle.get();
      }
    };

    return awaiter{*this};
  }

private:
  struct state;
  std::shared_ptr<state> state_;
};

} // namespace morph
