// Holds branches together: none outlives it.
//
//   morph::task<std::vector<summary>> crawl(morph::context& self,
//                                           std::vector<url> urls) {
//     morph::scope s{self, morph::at_most(5), morph::deadline(30s)};
//     for (auto& u : urls)
//       s.branch(fetch_and_summarise, u, morph::spread);
//     co_return co_await s.all();
//   }
//
// Thread-safety: belongs to the strand of its owner.
// Invariants:
// 1. Leaving it, by return, exception or cancellation, cancels its branches;
//    the owner is not finished before they are gone.
// 2. No more branches of a limit run at a time than it says; the others wait.
// 3. A result is kept until it is taken or the scope is left.
#pragma once

#include <morph/actors/task/context.hpp>
#include <morph/actors/task/scope_wait.hpp>

#include <exception>
#include <functional>
#include <optional>
#include <source_location>
#include <stop_token>
#include <type_traits>
#include <utility>

namespace morph {

/// At most `n` branches at a time; further ones wait. With a function, only
/// branches of that function count.
struct at_most {
  explicit at_most(size_t n) : what{n, std::nullopt, 0} {
    // nop
  }

  template <class F>
  at_most(size_t n, const F& f)
    : what{n, tasks::key_of<std::decay_t<const F&>>(f), 0} {
    // nop
  }

  tasks::limit what;
};

/// At most `n` branches may exist at a time; MM0512 beyond.
struct bounded {
  explicit bounded(size_t most) : n(most) {
    // nop
  }

  size_t n;
};

/// Cancelled when this is stopped.
struct stop_when {
  explicit stop_when(std::stop_token t) : token(std::move(t)) {
    // nop
  }

  std::stop_token token;
};

namespace tasks {

/// A context, and where it was passed on.
struct located_context {
  located_context(context& x,
                  std::source_location at = std::source_location::current())
    : self(x), where(at) {
    // nop
  }

  context& self;
  std::source_location where;
};

/// What all kinds of scopes have.
class scope_base {
public:
  scope_base(const scope_base&) = delete;
  scope_base& operator=(const scope_base&) = delete;

  /// Waits for all and gives their results in the order of branching. If one
  /// fails the others are cancelled and its error is thrown.
  all_wait all() noexcept {
    return all_wait{*core_};
  }

  /// Waits for the next one that is done and gives its result as an optional,
  /// empty when there are no more; with `void`, whether there was one.
  template <class T>
  next_wait<T> next() noexcept {
    return next_wait<T>{*core_};
  }

  /// Waits until none is left. Throws the first error that nobody has seen.
  join_wait join() noexcept {
    return join_wait{*core_};
  }

  /// Waits until a branch could start at once: for loops that branch more
  /// than fits into memory.
  room_wait room() noexcept {
    return room_wait{*core_};
  }

  /// Cancels what is in it, and what will be.
  void cancel();

  /// Branches that are not done.
  size_t live() const noexcept {
    return core_->live();
  }

  scope_core& core() noexcept {
    return *core_;
  }

protected:
  explicit scope_base(located_context self);
  ~scope_base();

  void apply(const at_most& x);
  void apply(const deadline& x);
  void apply(const bounded& x);
  void apply(const stop_when& x);

  scope_core* core_;
};

} // namespace tasks

class scope : public tasks::scope_base, public tasks::brancher<scope> {
public:
  static constexpr bool joins_first = false;

  template <class... Options>
  explicit scope(tasks::located_context self, const Options&... options)
    : scope_base(self) {
    (apply(options), ...);
  }

  template <class A>
  void check_argument(const A&, std::source_location) const noexcept {
    // nop
  }
};

/// A scope whose branches are gone before `with_scope` returns: they may
/// borrow what lives outside of it.
class joined_scope : public tasks::scope_base,
                     public tasks::brancher<joined_scope> {
public:
  static constexpr bool joins_first = true;

  template <class... Options>
  explicit joined_scope(tasks::located_context self, const Options&... options)
    : scope_base(self) {
    (apply(options), ...);
  }

  template <class A>
  void check_argument(const A& x, std::source_location at) const {
    if constexpr (tasks::is_borrowed<A>)
      check_borrowed(x.x, at);
  }

  /// Where the locals of the function inside live, which must not be borrowed.
  void set_inside(std::pair<const void*, size_t> frame) noexcept {
    inside_ = frame;
  }

private:
  void check_borrowed(const void* x, std::source_location at) const;

  std::pair<const void*, size_t> inside_{nullptr, 0};
};

namespace tasks {

template <class T, class F, class... Options>
task<T> run_with_scope(context& self, std::source_location at, F body,
                       Options... options) {
  joined_scope s{located_context{self, at}, options...};
  std::exception_ptr problem;
  std::optional<stored<T>> out;
  try {
    auto inside = body(s);
    s.set_inside(inside.frame());
    if constexpr (std::is_void_v<T>)
      co_await std::move(inside);
    else
      out.emplace(co_await std::move(inside));
  } catch (...) {
    problem = std::current_exception();
  }
  if (s.live() > 0)
    s.core().cancel(left_behind());
  co_await join_wait{s.core(), true};
  if (problem)
    std::rethrow_exception(problem);
  if constexpr (!std::is_void_v<T>)
    co_return std::move(*out);
}

} // namespace tasks

/// Runs `body(s)`, a task, with a scope in which branches may borrow what
/// lives outside of it; returns what that returns, after all of them are gone.
///
///   co_await with_scope(self, [&](joined_scope& s) -> task<void> {
///     s.branch(fill, borrow(left));
///     s.branch(fill, borrow(right));
///     co_await s.join();
///   });
template <class F, class... Options>
auto with_scope(tasks::located_context self, F body, Options... options) {
  using returned = std::invoke_result_t<F&, joined_scope&>;
  static_assert(is_task<returned>, "the body of with_scope is a task");
  return tasks::run_with_scope<typename returned::value_type>(
    self.self, self.where, std::move(body), std::move(options)...);
}

} // namespace morph
