// Simplification: pure functions from graph to graph that change no result,
// not by a bit.
//
// Thread-safety: pure.
//
// Invariants:
// 1. Values of surviving ports are the same bits; nothing is reordered or
//    replaced by a formula that rounds differently.
// 2. A name that the user gave is never lost, unless no root depends on its
//    node; hints and places stay with their nodes.
// 3. Inputs, parameters and user nodes are never merged or folded.
// 4. Time is linear in nodes and edges, beside the work of folded ops; no
//    recursion.
// 5. Simplifying twice does nothing more, unless folding met its limit.
#pragma once

#include <morph/graph/passes/pass_result.hpp>

#include <span>

namespace morph {

/// Keeps what `roots` depend on; outputs of other nodes go with them.
/// REQUIRES: ports of `g`.
pass_result eliminate_dead_nodes(const graph& g,
                                 std::span<const port_ref> roots);

/// Gives nodes with the same op, attributes, inputs and hints one node, unless
/// both have a name. It takes the name, and the place in the user's code, of
/// the one that has one.
pass_result merge_common_subexpressions(const graph& g);

/// Computes nodes whose inputs are all constants, as long as that takes at
/// most 10^8 operations a node, gives at most 1 MiB a node and 64 MiB in all. A
/// node that fails to compute, or that must not be cached, stays.
pass_result fold_constants(const graph& g);

/// All of the above, in an order that leaves nothing to repeat.
/// REQUIRES: ports of `g`.
pass_result simplify(const graph& g, std::span<const port_ref> roots);

} // namespace morph
