#include <morph/actors/task/wait_graph.hpp>

namespace morph::tasks {

namespace {

/// True if `x` is `below`, or has branched it.
bool is_above(const branch_core& x, const branch_core& below) {
  auto* i = &below;
  while (i && i->depth > x.depth)
    i = i->owner();
  return i == &x;
}

void count(branch_core& who, int by) {
  for (auto* x = &who; x; x = x->owner())
    x->outside_waits.fetch_add(static_cast<uint32_t>(by),
                               std::memory_order_relaxed);
}

} // namespace

bool wait_graph::leads_back(branch_core& from, const branch_core& who,
                            std::set<branch_core*>& seen,
                            std::vector<std::string>& path) {
  if (!seen.insert(&from).second || from.finished())
    return false;
  path.push_back("'" + from.name() + "'");
  if (is_above(from, who))
    return true;
  // It waits itself, or cannot finish before something below it does.
  if (from.outside_waits.load(std::memory_order_relaxed) > 0)
    for (auto& [waiter, target] : waits_)
      if (is_above(from, *waiter)) {
        if (waiter != &from)
          path.push_back("'" + waiter->name() + "'");
        if (leads_back(*target, who, seen, path))
          return true;
        if (waiter != &from)
          path.pop_back();
      }
  path.pop_back();
  return false;
}

result<void> wait_graph::add(branch_core& who, branch_core& what) {
  std::lock_guard guard{mutex_};
  std::set<branch_core*> seen;
  std::vector<std::string> path;
  if (leads_back(what, who, seen, path)) {
    auto text = "'" + who.name() + "' waits for ";
    if (&what == &who) {
      text += "itself";
    } else {
      for (size_t i = 0; i < path.size(); ++i)
        text += (i == 0 ? "" : ", which waits for ") + path[i];
      if (path.back() != "'" + who.name() + "'")
        text += ", which waits for '" + who.name() + "'";
    }
    return fail(errc::circular_wait, std::move(text));
  }
  waits_.emplace(&who, &what);
  count(who, 1);
  return {};
}

void wait_graph::remove(branch_core& who) noexcept {
  std::lock_guard guard{mutex_};
  if (waits_.erase(&who) > 0)
    count(who, -1);
}

} // namespace morph::tasks
