// The calls that make branches, for whatever has a scope to put them in.
//
// A default argument that knows the caller's line cannot follow a pack, hence
// one overload for each number of arguments; with more than six, errors do not
// know the line.
//
// Thread-safety: belongs to the strand of the owner.
#pragma once

#include <morph/actors/task/branch.hpp>

#include <iterator>
#include <ranges>
#include <source_location>
#include <vector>

namespace morph::tasks {

/// `Scope` has `core()` and says by `joins_first` whether its branches are
/// through before the locals of its owner die.
template <class Scope>
class brancher {
  using location = std::source_location;

public:
  /// Branches: runs `f(self, args...)` or `f(args...)` for its owner, when and
  /// where it suits the runtime, perhaps on the owner's own strand. Hints may
  /// stand among the arguments.
  template <class F>
  auto branch(F&& f, location at = location::current()) {
    return make(at, false, std::forward<F>(f));
  }

  template <class F, class A>
  auto branch(F&& f, A&& a, location at = location::current()) {
    return make(at, false, std::forward<F>(f), std::forward<A>(a));
  }

  template <class F, class A, class B>
  auto branch(F&& f, A&& a, B&& b, location at = location::current()) {
    return make(at, false, std::forward<F>(f), std::forward<A>(a),
                std::forward<B>(b));
  }

  template <class F, class A, class B, class C>
  auto branch(F&& f, A&& a, B&& b, C&& c, location at = location::current()) {
    return make(at, false, std::forward<F>(f), std::forward<A>(a),
                std::forward<B>(b), std::forward<C>(c));
  }

  template <class F, class A, class B, class C, class D>
  auto branch(F&& f, A&& a, B&& b, C&& c, D&& d,
              location at = location::current()) {
    return make(at, false, std::forward<F>(f), std::forward<A>(a),
                std::forward<B>(b), std::forward<C>(c), std::forward<D>(d));
  }

  template <class F, class A, class B, class C, class D, class E>
  auto branch(F&& f, A&& a, B&& b, C&& c, D&& d, E&& e,
              location at = location::current()) {
    return make(at, false, std::forward<F>(f), std::forward<A>(a),
                std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
                std::forward<E>(e));
  }

  template <class F, class A, class B, class C, class D, class E, class G>
  auto branch(F&& f, A&& a, B&& b, C&& c, D&& d, E&& e, G&& g,
              location at = location::current()) {
    return make(at, false, std::forward<F>(f), std::forward<A>(a),
                std::forward<B>(b), std::forward<C>(c), std::forward<D>(d),
                std::forward<E>(e), std::forward<G>(g));
  }

  template <class F, class... As>
    requires(sizeof...(As) > 6)

  auto branch(F&& f, As&&... args) {
    return make(location{}, false, std::forward<F>(f),
                std::forward<As>(args)...);
  }

  /// Branches what needs its owner to go on meanwhile: a server and its
  /// client. Throws `failure` (MM0511) where the runtime cannot do that.
  template <class F>
  auto concurrent(F&& f, location at = location::current()) {
    return make(at, true, std::forward<F>(f));
  }

  template <class F, class A>
  auto concurrent(F&& f, A&& a, location at = location::current()) {
    return make(at, true, std::forward<F>(f), std::forward<A>(a));
  }

  template <class F, class A, class B>
  auto concurrent(F&& f, A&& a, B&& b, location at = location::current()) {
    return make(at, true, std::forward<F>(f), std::forward<A>(a),
                std::forward<B>(b));
  }

  template <class F, class A, class B, class C>
  auto concurrent(F&& f, A&& a, B&& b, C&& c,
                  location at = location::current()) {
    return make(at, true, std::forward<F>(f), std::forward<A>(a),
                std::forward<B>(b), std::forward<C>(c));
  }

  /// One branch for each element, each with a copy of it.
  template <class F, std::ranges::input_range R>
  auto branch_all(const F& f, R&& xs, location at = location::current()) {
    return map(at, f, xs);
  }

  template <class F, std::ranges::input_range R, class A>
  auto branch_all(const F& f, R&& xs, const A& a,
                  location at = location::current()) {
    return map(at, f, xs, a);
  }

  template <class F, std::ranges::input_range R, class A, class B>
  auto branch_all(const F& f, R&& xs, const A& a, const B& b,
                  location at = location::current()) {
    return map(at, f, xs, a, b);
  }

private:
  template <class F, class... As>
  auto make(location at, bool needs_overlap, F&& f, As&&... args) {
    static_assert(Scope::joins_first || (!is_borrowed<std::decay_t<As>> && ...),
                  "borrow(x) needs a scope that is joined before x can die: "
                  "co_await with_scope(self, [&](joined_scope& s) -> "
                  "task<void> {...})");
    static_assert(!((is_borrowed<std::decay_t<As>> || ...)
                    && (std::is_same_v<std::decay_t<As>, pin> || ...)),
                  "a branch that borrows stays on this host: no pin");
    auto& self = static_cast<Scope&>(*this);
    (self.check_argument(args, at), ...);
    return branch_in(self.core(), at, needs_overlap, std::forward<F>(f),
                     std::forward<As>(args)...);
  }

  template <class F, class R, class... As>
  auto map(location at, const F& f, R& xs, const As&... args) {
    using element = std::ranges::range_value_t<R>;
    using handle = branch_handle<branch_value<const F&, element, const As&...>>;
    std::vector<handle> out;
    if constexpr (std::ranges::sized_range<R>)
      out.reserve(std::ranges::size(xs));
    for (auto&& x : xs)
      out.push_back(
        make(at, false, f, element(std::forward<decltype(x)>(x)), args...));
    return out;
  }
};

} // namespace morph::tasks
