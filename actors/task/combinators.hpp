// What is often done with branches: the first of several, a time limit, trying
// again, cleaning up.
//
// Thread-safety: belongs to the strand of the branch that waits.
#pragma once

#include <morph/actors/task/scope.hpp>

#include <chrono>
#include <optional>
#include <tuple>
#include <type_traits>
#include <utility>

namespace morph {

/// How often to try, and how long to wait before each further try: `backoff`,
/// then `factor` times as long each time, up to `longest`.
struct policy {
  int tries = 3;
  std::chrono::nanoseconds backoff{0};
  double factor = 2;
  std::chrono::nanoseconds longest{std::chrono::hours{1}};
};

namespace tasks {

template <class F, class... Fs>
inline constexpr bool same_values
  = (std::is_same_v<branch_value<F>, branch_value<Fs>> && ...);

/// The wait before try number `n` (counted from 1).
std::chrono::nanoseconds backoff_before(const policy& p, int n) noexcept;

/// True if trying again could help: not after a cancellation, nor after what
/// is wrong in the program.
bool worth_another_try(const error& x) noexcept;

template <class T, class F, class... As>
task<T> run_with_timeout(context& self, std::source_location at,
                         std::chrono::nanoseconds d, F f, As... args) {
  scope s{located_context{self, at}, morph::deadline{d}};
  co_return co_await s.branch(std::move(f), std::move(args)...);
}

template <class T, class F, class... As>
task<T> run_with_retry(context& self, std::source_location at, policy p, F f,
                       As... args) {
  for (int i = 1;; ++i) {
    if (i > 1)
      co_await self.sleep_for(backoff_before(p, i));
    std::optional<error> problem;
    {
      scope s{located_context{self, at}};
      auto h = s.branch(f, args...);
      auto out = co_await settled(h);
      if (out) {
        if constexpr (std::is_void_v<T>)
          co_return;
        else
          co_return std::move(*out);
      }
      problem = std::move(out.error());
    }
    self.throw_if_cancelled();
    if (i >= p.tries || !worth_another_try(*problem)) {
      problem->message += " (try " + std::to_string(i) + " of "
                          + std::to_string(p.tries) + ")";
      throw failure{std::move(*problem)};
    }
  }
}

} // namespace tasks

/// Runs all; the first that is done, well or not, decides, and the others are
/// cancelled and gone when this returns.
template <class F, class... Fs>
task<tasks::branch_value<F>> race(tasks::located_context at, F f, Fs... fs) {
  static_assert(tasks::same_values<F, Fs...>, "all must return the same type");
  using value = tasks::branch_value<F>;
  return with_scope(at,
                    [f = std::move(f), ... fs = std::move(fs)](
                      joined_scope& s) mutable -> task<value> {
                      (void)s.branch(std::move(f));
                      ((void)s.branch(std::move(fs)), ...);
                      if constexpr (std::is_void_v<value>)
                        co_await s.template next<value>();
                      else
                        co_return *co_await s.template next<value>();
                    });
}

/// The same, but who fails is out, unless all do: then the last error counts.
template <class F, class... Fs>
task<tasks::branch_value<F>> first_of(tasks::located_context at, F f,
                                      Fs... fs) {
  static_assert(tasks::same_values<F, Fs...>, "all must return the same type");
  using value = tasks::branch_value<F>;
  return with_scope(at,
                    [f = std::move(f), ... fs = std::move(fs)](
                      joined_scope& s) mutable -> task<value> {
                      (void)s.branch(std::move(f));
                      ((void)s.branch(std::move(fs)), ...);
                      for (size_t left = 1 + sizeof...(fs);; --left) {
                        try {
                          if constexpr (std::is_void_v<value>) {
                            co_await s.template next<value>();
                            co_return;
                          } else {
                            co_return *co_await s.template next<value>();
                          }
                        } catch (const failure&) {
                          if (left == 1)
                            throw;
                        }
                      }
                    });
}

/// Runs `f(self, args...)` as a branch that ends with MM0509 after `d`.
template <class Rep, class Period, class F, class... As>
auto timeout(tasks::located_context at, std::chrono::duration<Rep, Period> d,
             F f, As... args) {
  return tasks::run_with_timeout<tasks::branch_value<F, As...>>(
    at.self, at.where, std::chrono::duration_cast<std::chrono::nanoseconds>(d),
    std::move(f), std::move(args)...);
}

/// Runs `f(self, args...)` as a branch, again as long as it fails and `p`
/// allows. Each try gets copies of the arguments.
template <class F, class... As>
auto retry(tasks::located_context at, policy p, F f, As... args) {
  return tasks::run_with_retry<tasks::branch_value<F, As...>>(
    at.self, at.where, p, std::move(f), std::move(args)...);
}

/// Runs `body(self)`, then in any case `cleanup(self)`, which may await and is
/// not interrupted by a cancellation.
template <class F, class G>
task<tasks::branch_value<F>> finally(context& self, F body, G cleanup) {
  using value = tasks::branch_value<F>;
  std::exception_ptr problem;
  std::optional<tasks::stored<value>> out;
  try {
    if constexpr (std::is_void_v<value>)
      co_await body(self);
    else
      out.emplace(co_await body(self));
  } catch (...) {
    problem = std::current_exception();
  }
  co_await self.shielded(std::move(cleanup));
  if (problem)
    std::rethrow_exception(problem);
  if constexpr (!std::is_void_v<value>)
    co_return std::move(*out);
}

} // namespace morph
