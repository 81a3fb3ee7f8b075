// Keep or recompute for a deployment on one host.
#pragma once

#include <morph/actors/machine/deployment.hpp>

namespace morph {

/// Chooses which values to recompute so that forward values held for the
/// backward pass stay below `budget` bytes on each host, when dynamic extents
/// are `extent`. A budget of 0 means no limit. Fails with MM0504 and the least
/// reachable number of bytes if even recomputing does not suffice.
result<void> fit_budget(deployment& plan, uint64_t budget, int64_t extent);

/// The largest extent that `feeds` give to a dynamic dimension; 1 if none.
int64_t dynamic_extent(const graph& g,
                       const std::vector<std::pair<node_id, value>>& feeds);

} // namespace morph
