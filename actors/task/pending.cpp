#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/pending.hpp>

namespace morph {

namespace {

constexpr size_t max_lines = 20;

} // namespace

std::string to_string(const std::vector<pending_branch>& xs) {
  std::string out;
  for (size_t i = 0; i < xs.size() && i < max_lines; ++i) {
    auto& x = xs[i];
    auto at = to_string(x.where);
    out += "\n  '" + x.name + "'";
    if (!at.empty() && at != x.name)
      out += " (" + at + ")";
    out += " waits for " + x.waits_for;
  }
  if (xs.size() > max_lines)
    out += "\n  and " + std::to_string(xs.size() - max_lines) + " more";
  return out;
}

namespace tasks {

namespace {

std::string reason(const branch_core& x) {
  switch (x.phase()) {
    case branch_phase::created:
      return "a place within the limits of its scope";
    case branch_phase::closing:
      return "its " + std::to_string(x.live_branches) + " branches to end";
    default:
      return x.waiting() ? x.waiting()->what() : "its turn";
  }
}

} // namespace

void collect_pending(const branch_core& root,
                     std::vector<pending_branch>& out) {
  // Not by recursion: a chain of branches may be long.
  std::vector<const branch_core*> todo{&root};
  for (size_t i = 0; i < todo.size(); ++i) {
    auto& x = *todo[i];
    if (x.finished())
      continue;
    out.push_back({x.name(), x.where(), reason(x)});
    auto add = [&todo](const scope_core& in) {
      for (auto* b = in.first(); b; b = b->sibling_next)
        todo.push_back(b);
    };
    add(x.implicit);
    for (auto* s = x.scopes; s; s = s->next_open)
      add(*s);
  }
}

} // namespace tasks

} // namespace morph
