#include <morph/actors/task/placer.hpp>
#include <morph/actors/task/task_runtime.hpp>

#include <algorithm>

namespace morph {

placer::~placer() {
  // nop
}

tasks::known_function* placer::find(const tasks::function_key&) {
  return nullptr;
}

tasks::remote_line& placer::line_for(const branch_hints&) {
  throw failure{{errc::unknown_host, "this runtime has no other hosts"}};
}

result<branch_site> local_placer::place(const branch_hints& hints,
                                        const task_runtime& rt) {
  if (!hints.host.empty()) {
    auto known = hosts(rt);
    if (std::find(known.begin(), known.end(), hints.host) == known.end()) {
      auto text
        = "no host is called '" + std::string{hints.host} + "'; there is";
      for (auto& x : known)
        text += " '" + x + "'";
      return fail(errc::unknown_host, std::move(text));
    }
  }
  if (hints.needs_overlap || (hints.spread && rt.has_strands_to_spare()))
    return branch_site::own_strand;
  if (hints.keep_local || !rt.wants_strands())
    return branch_site::folded;
  return branch_site::own_strand;
}

std::vector<std::string> local_placer::hosts(const task_runtime& rt) const {
  return {rt.name()};
}

} // namespace morph
