// Waiting for the branches of a scope.
//
// Thread-safety: belongs to the strand of the scope's owner.
#pragma once

#include <morph/actors/task/branch_result.hpp>
#include <morph/actors/task/promise.hpp>
#include <morph/actors/task/scope_core.hpp>
#include <morph/actors/task/suspension.hpp>

#include <coroutine>
#include <optional>
#include <utility>
#include <vector>

namespace morph::tasks {

class scope_wait : public suspension {
public:
  enum class until : uint8_t {
    all_succeeded, ///< Or one failed and the rest is gone.
    one_done,
    none_left,
    room,
  };

  scope_wait(scope_core& in, until what) noexcept : in_(&in), until_(what) {
    // nop
  }

  scope_wait(const scope_wait&) = delete;
  scope_wait& operator=(const scope_wait&) = delete;

  bool await_ready() const noexcept {
    return false;
  }

  template <task_promise P>
  bool await_suspend(std::coroutine_handle<P> h) {
    return begin(*h.promise().core, h);
  }

  void detach() noexcept final;
  std::string what() const final;
  bool is_over() noexcept final;

protected:
  ~scope_wait() = default;

  /// Throws if the wait did not come to its end.
  void finish() const;

  /// Throws what a branch of the scope failed with that nobody has seen yet.
  void throw_failure();

  scope_core* in_;

private:
  bool begin(branch_core& me, std::coroutine_handle<> h);

  until until_;
  bool foreign_ = false;
};

/// All results of a scope; becomes a vector of what its branches return.
class gathered {
public:
  explicit gathered(std::vector<branch_ref<branch_core>> xs) noexcept
    : xs_(std::move(xs)) {
    // nop
  }

  /// Throws `failure` (MM0106) if a branch returns something else.
  template <class T>
  operator std::vector<T>() && {
    std::vector<T> out;
    out.reserve(xs_.size());
    for (auto& x : xs_)
      out.push_back(unwrap(as<T>(*x).take(x->is_sole())));
    return out;
  }

  size_t size() const noexcept {
    return xs_.size();
  }

  template <class T>
  static branch_result<T>& as(branch_core& x) {
    if (x.result_type() != typeid(T))
      wrong_type(x, typeid(T));
    return static_cast<branch_result<T>&>(x);
  }

private:
  [[noreturn]] static void wrong_type(const branch_core& x,
                                      const std::type_info& wanted);

  std::vector<branch_ref<branch_core>> xs_;
};

class all_wait final : public scope_wait {
public:
  explicit all_wait(scope_core& in) noexcept
    : scope_wait(in, until::all_succeeded) {
    // nop
  }

  gathered await_resume();
};

template <class T>
class next_wait final : public scope_wait {
public:
  explicit next_wait(scope_core& in) noexcept
    : scope_wait(in, until::one_done) {
    // nop
  }

  /// For branches without a result: true if there was one.
  std::conditional_t<std::is_void_v<T>, bool, std::optional<stored<T>>>
  await_resume() {
    finish();
    branch_ref<branch_core> x{in_->first_done()};
    if (!x)
      return {};
    in_->forget(*x);
    if (x->problem())
      throw failure{x->named_problem()};
    if constexpr (std::is_void_v<T>)
      return true;
    else
      return unwrap(gathered::as<T>(*x).take(x->is_sole()));
  }
};

class join_wait final : public scope_wait {
public:
  explicit join_wait(scope_core& in, bool quietly = false) noexcept
    : scope_wait(in, until::none_left), quietly_(quietly) {
    holds_on = quietly;
  }

  void await_resume();

private:
  bool quietly_;
};

class room_wait final : public scope_wait {
public:
  explicit room_wait(scope_core& in) noexcept : scope_wait(in, until::room) {
    // nop
  }

  void await_resume() const {
    finish();
  }
};

} // namespace morph::tasks
