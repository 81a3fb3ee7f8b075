// Keep or recompute for a deployment on one host.
#pragma once

#include <morph/actors/machine/deployment.hpp>

namespace morph {

/// Chooses which values to recompute so that forward values held for the
/// backward pass stay below `budget` bytes on each host, when dynamic extents
/// are `extent`. A budget of 0 means no limit. Fails with MM0504 and the least
/// reachable number of bytes if even recomputing does not suffice.
result<void> fit_budget(deployment& plan, uint64_t budget, int64_t extent);

/// True if a plan for one extent is no plan for another: more memory is needed
/// for a larger one, and less than half would do for a far smaller one. The
/// last batch of an epoch, which is smaller, asks for no other plan.
constexpr bool needs_other_plan(int64_t planned, int64_t extent) noexcept {
  return extent > planned || 2 * extent < planned;
}

/// The largest extent that `feeds` give to a dynamic dimension; 1 if none.
int64_t dynamic_extent(const graph& g,
                       const std::vector<std::pair<node_id, value>>& feeds);

} // namespace morph
