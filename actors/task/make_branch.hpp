// How a branch is made of a call.
//
// Thread-safety: belongs to the strand of the owner.
#pragma once

#include <morph/actors/remote/remote_branch.hpp>
#include <morph/actors/remote/travel.hpp>
#include <morph/actors/task/branch_impl.hpp>

namespace morph::tasks {

// These headers include each other, whichever comes first.
template <class T, class F, class Inputs>
class branch_impl;

template <class T, class F, class Inputs>
class timed_branch;

template <class F>
class remote_branch;

template <class... As>
branch_hints hints_of(const As&... args) {
  branch_hints out;
  (
    [&] {
      if constexpr (is_hint<As>)
        note(out, args);
      else if constexpr (is_borrowed<As>)
        out.borrows = true;
    }(),
    ...);
  return out;
}

/// Takes back the count of a branch whose arguments could not be copied.
struct count_guard {
  task_runtime* of;

  ~count_guard() {
    if (of)
      of->uncount_branch();
  }
};

/// Lets a placer know whether the branch may go to other hosts.
template <class F, class... As>
void note_travel(branch_hints& hints, placer& where, const function_key& key) {
  if constexpr (travels<F> && (!is_borrowed<std::decay_t<As>> && ...))
    hints.function = where.find(key);
  hints.why_it_stays = &why_it_stays<F>;
}

/// Makes the branch that suits `site`.
template <class F, class... As>
branch_ref<branch_result<branch_value<F, As...>>> make_branch(
  branch_site site, const branch_hints& hints, placer& where, task_runtime& rt,
  scope_core* in, std::source_location at, F&& f, As&&... args) {
  using value = branch_value<F, As...>;
  using function = std::decay_t<F>;
  using impl = branch_impl<value, function, kept_all<As...>>;
  using ref = branch_ref<branch_result<value>>;
  if constexpr (travels<function> && (!is_borrowed<std::decay_t<As>> && ...)) {
    using timed = timed_branch<value, function, kept_all<As...>>;
    if (site == branch_site::elsewhere)
      return ref::adopt(new remote_branch<function>(rt, in, at, *hints.function,
                                                    where.line_for(hints),
                                                    std::forward<As>(args)...));
    if (hints.function)
      return ref::adopt(new timed(hints.function, rt, in, at,
                                  std::forward<F>(f),
                                  std::forward<As>(args)...));
  }
  return ref::adopt(
    new impl(rt, in, at, std::forward<F>(f), std::forward<As>(args)...));
}

/// Makes a branch in a scope.
template <class F, class... As>
branch_handle<branch_value<F, As...>> branch_in(scope_core& in,
                                                std::source_location at,
                                                bool needs_overlap, F&& f,
                                                As&&... args) {
  using value = branch_value<F, As...>;
  auto& owner = in.owner();
  auto hints = hints_of(args...);
  hints.needs_overlap = needs_overlap;
  auto key = key_of<std::decay_t<F>>(f);
  auto& here = owner.home()->runtime();
  auto& where = here.where();
  if (where.reaches_hosts())
    note_travel<std::decay_t<F>, As...>(hints, where, key);
  auto site = admit(&owner, &in, here, hints, at);
  // The names of hints live in the arguments, of which hints are not moved.
  count_guard counted{&owner.root_runtime()};
  auto x = make_branch(site, hints, where, owner.root_runtime(), &in, at,
                       std::forward<F>(f), std::forward<As>(args)...);
  counted.of = nullptr;
  if (auto* e = in.extra())
    for (size_t i = 0; i < e->limits.size(); ++i)
      if (!e->limits[i].of || *e->limits[i].of == key)
        x->limit_mask |= uint32_t{1} << i;
  launch(*x, hints, site);
  return access::make<value>(std::move(x));
}

/// Makes one without an owner and starts it.
template <class F, class... As>
branch_handle<branch_value<F, As...>> branch_root(task_runtime& on,
                                                  std::source_location at,
                                                  F&& f, As&&... args) {
  using value = branch_value<F, As...>;
  auto hints = hints_of(args...);
  auto& where = on.where();
  // A program that does not say so itself begins here.
  if (where.reaches_hosts() && (hints.spread || !hints.host.empty()))
    note_travel<std::decay_t<F>, As...>(hints, where,
                                        key_of<std::decay_t<F>>(f));
  auto site = admit(nullptr, nullptr, on, hints, at);
  count_guard counted{&on};
  auto x = make_branch(site, hints, where, on, nullptr, at, std::forward<F>(f),
                       std::forward<As>(args)...);
  counted.of = nullptr;
  launch_root(*x, hints, on);
  return access::make<value>(std::move(x));
}

} // namespace morph::tasks
