// From a user's graph to a deployment: simplified, with roles assigned. A pure
// function.
#pragma once

#include <morph/actors/machine/deployment.hpp>
#include <morph/actors/session/objective.hpp>
#include <morph/actors/session/step_handle.hpp>

#include <optional>
#include <span>
#include <vector>

namespace morph {

struct lowered {
  deployment plan;
  step_values::index where;
  /// Lowered id of each node of the user's graph that still exists.
  std::vector<std::optional<node_id>> new_id;
};

/// Lowers `g` for these results and this objective. Fails with MM0201 for a
/// loss that cannot be one number, MM0203 for a gradient with respect to
/// something that has none, MM0110 for foreign expressions.
result<lowered> lower(const graph& g, std::span<const expr> results,
                      const objective& o);

} // namespace morph
