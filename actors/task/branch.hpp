// Makes a branch of a function and its arguments.
//
// Three kinds of function do: `task<T> f(context&, args...)`, and functions
// that are no coroutines, `T f(args...)` or `T f(context&, args...)`. A branch
// owns function and arguments by value; a reference is spelled `borrow(x)`.
//
// Thread-safety: belongs to the strand of the owner.
#pragma once

#include <morph/actors/task/branch_handle.hpp>
#include <morph/actors/task/hints.hpp>
#include <morph/actors/task/task.hpp>
#include <morph/actors/task/task_runtime.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <source_location>
#include <tuple>
#include <type_traits>
#include <utility>

namespace morph {

class context;

/// A reference that a branch may hold: only in a scope of `with_scope`.
template <class T>
struct borrowed {
  T* x;
};

template <class T>
borrowed<T> borrow(T& x) noexcept {
  return {&x};
}

template <class T>
void borrow(const T&& x) = delete; // it would not live long enough

namespace tasks {

template <class T>
inline constexpr bool is_borrowed = false;

template <class T>
inline constexpr bool is_borrowed<borrowed<T>> = true;

template <class T>
inline constexpr bool is_reference_wrapper = false;

template <class T>
inline constexpr bool is_reference_wrapper<std::reference_wrapper<T>> = true;

template <class T>
constexpr T&& pass(T& x) noexcept {
  return std::move(x);
}

template <class T>
constexpr T& pass(borrowed<T>& x) noexcept {
  return *x.x;
}

template <class T>
using passed = decltype(pass(std::declval<T&>()));

/// What a branch keeps of an argument: a hint leaves nothing.
template <class A>
using kept = std::conditional_t<is_hint<std::decay_t<A>>, std::tuple<>,
                                std::tuple<std::decay_t<A>>>;

template <class A>
kept<A> keep(A&& x) {
  if constexpr (is_hint<std::decay_t<A>>)
    return {};
  else
    return kept<A>{std::forward<A>(x)};
}

template <class... As>
using kept_all = decltype(std::tuple_cat(std::declval<kept<As>>()...));

template <class F, class Inputs>
struct call;

template <class F, class... Ts>
struct call<F, std::tuple<Ts...>> {
  static constexpr bool with_context
    = std::is_invocable_v<F&, context&, passed<Ts>...>;
  static constexpr bool without_context
    = std::is_invocable_v<F&, passed<Ts>...>;

  static_assert(with_context || without_context,
                "a branch's function takes (context&, arguments...) or "
                "(arguments...); arguments are passed as rvalues, and a "
                "parameter T& needs borrow(x)");
  static_assert((!is_reference_wrapper<Ts> && ...),
                "a branch owns its arguments: spell a reference borrow(x), in "
                "a scope of with_scope");

  static decltype(auto) run(F& f, context& self, std::tuple<Ts...>& xs) {
    return std::apply(
      [&](Ts&... x) -> decltype(auto) {
        if constexpr (with_context)
          return std::invoke(f, self, pass(x)...);
        else
          return std::invoke(f, pass(x)...);
      },
      xs);
  }

  using returned = decltype(run(std::declval<F&>(), std::declval<context&>(),
                                std::declval<std::tuple<Ts...>&>()));
};

template <class R>
struct result_of {
  using type = std::decay_t<R>;
};

template <class T>
struct result_of<task<T>> {
  using type = T;
};

/// The result of a function as a branch.
template <class F, class... As>
using branch_value = typename result_of<std::remove_cvref_t<
  typename call<std::decay_t<F>, kept_all<As...>>::returned>>::type;

/// Decides where a branch goes; throws `failure` if it cannot be made.
branch_site admit(branch_core* owner, scope_core* in, task_runtime& on,
                  const branch_hints& hints, std::source_location at);

/// Hands a new branch to its scope.
void launch(branch_core& x, const branch_hints& hints, branch_site site);

/// The same for one without an owner.
void launch_root(branch_core& x, const branch_hints& hints, task_runtime& on);

/// Makes a branch in a scope; defined in make_branch.hpp.
template <class F, class... As>
branch_handle<branch_value<F, As...>> branch_in(scope_core& in,
                                                std::source_location at,
                                                bool needs_overlap, F&& f,
                                                As&&... args);

} // namespace tasks

} // namespace morph
