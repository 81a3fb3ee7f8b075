// Simplification: a pure function from graph to graph that changes no result
// bit for bit.
//
// Thread-safety: pure.
//
// Invariants:
// 1. Values of surviving ports are the same bits; nothing is reordered or
//    replaced by a formula that rounds differently.
// 2. Named nodes are never merged away; they disappear only if no root
//    depends on them.
// 3. Inputs and parameters are never merged or folded.
// 4. Linear in the number of nodes and edges; no recursion.
#pragma once

#include <optional>
#include <span>
#include <vector>

#include <morph/graph/graph.hpp>

namespace morph {

/// A new graph, and where the ports of the old one have gone.
struct pass_result {
  graph result;
  std::vector<std::optional<node_id>> new_id; ///< By old id.

  /// The new place of a port; empty if its node is gone.
  std::optional<port_ref> find(port_ref old) const noexcept {
    auto to = new_id[old.node];
    return to ? std::optional{port_ref{*to, old.port}} : std::nullopt;
  }
};

/// Keeps what `roots` depend on.
pass_result eliminate_dead_nodes(const graph& g,
                                 std::span<const port_ref> roots);

/// Gives equal nodes (op, attributes, inputs, hints) one node.
pass_result merge_common_subexpressions(const graph& g);

/// Computes nodes whose inputs are all constants, up to a size at which a
/// constant would cost more than it saves. A node that fails to compute stays.
pass_result fold_constants(const graph& g);

/// All of the above, in an order that leaves nothing to repeat.
pass_result simplify(const graph& g, std::span<const port_ref> roots);

} // namespace morph
