#include <morph/actors/task/branch.hpp>
#include <morph/actors/task/timer.hpp>

namespace morph::tasks {

namespace {

[[noreturn]] void refuse(error x, const branch_hints& hints,
                         std::source_location at) {
  auto name
    = hints.name.empty() ? to_string(place{at}) : std::string{hints.name};
  throw failure{std::move(x.at(name, at))};
}

void too_many(branch_core* owner, scope_core* in, size_t bound,
              const branch_hints& hints, std::source_location at) {
  auto text = "more than " + std::to_string(bound) + " branches exist";
  if (in && in->extra())
    text += " in the scope at " + to_string(in->extra()->where);
  if (owner)
    text += ", branched " + std::to_string(owner->depth + 1)
            + " deep: branches without end?";
  refuse({errc::too_many_branches, std::move(text)}, hints, at);
}

void note_hints(branch_core& x, const branch_hints& hints) {
  x.priority = hints.priority;
  if (!hints.name.empty()) {
    x.label_text = std::make_unique<std::string>(hints.name);
    x.label = x.label_text->c_str();
  }
}

} // namespace

branch_site admit(branch_core* owner, scope_core* in, task_runtime& on,
                  const branch_hints& hints, std::source_location at) {
  if (hints.needs_overlap && !on.overlaps())
    refuse({errc::needs_concurrency, "it needs to run beside its owner, and '"
                                       + on.name()
                                       + "' runs one thing after the other"},
           hints, at);
  if (hints.borrows && !hints.host.empty() && hints.host != on.name())
    refuse({errc::dangling_borrow, "what it borrows cannot follow it to '"
                                     + std::string{hints.host} + "'"},
           hints, at);
  auto site = on.where().place(hints, on);
  if (!site)
    refuse(std::move(site.error()), hints, at);
  if (in && in->extra() && in->extra()->bound > 0
      && in->live() >= in->extra()->bound)
    too_many(owner, in, in->extra()->bound, hints, at);
  auto& root = owner ? owner->root_runtime() : on;
  if (!root.count_branch())
    too_many(owner, in, root.bound(), hints, at);
  return *site;
}

void launch(branch_core& x, const branch_hints& hints, branch_site site) {
  note_hints(x, hints);
  auto& in = *x.scope;
  auto& owner = in.owner();
  auto* e = in.extra();
  if (e && e->due && (!x.due || *x.due > *e->due))
    x.due = e->due;
  auto& here = *owner.home();
  if (site == branch_site::own_strand)
    x.own_strand = here.runtime().make_strand();
  in.add(x);
  if (e && e->reason) {
    x.cancel(e->reason);
    return;
  }
  if (owner.interrupted()) {
    x.cancel(owner.cancel_reason());
    return;
  }
  if (hints.deadline) {
    auto due = here.runtime().now() + *hints.deadline;
    if (!x.due || *x.due > due)
      x.due = due;
    x.timeout = timer::start(owner, due, x);
  }
  in.admit(x);
}

void launch_root(branch_core& x, const branch_hints& hints, task_runtime& on) {
  note_hints(x, hints);
  if (hints.deadline)
    x.due = on.now() + *hints.deadline;
  x.own_strand = on.make_strand();
  on.adopt_root(x);
}

} // namespace morph::tasks
