// Copies what an expression needs into a graph of its own, in f64 if asked.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/expr.hpp>
#include <morph/graph/graph.hpp>

#include <map>

namespace morph {

struct graph_copy {
  graph target;
  std::map<node_id, node_id> nodes; ///< From the old ids to the new ones.

  /// REQUIRES: the node was copied.
  expr at(const expr& old) const;
};

/// True if `x` needs a user node.
bool needs_user_node(const expr& x);

/// Copies the nodes that `x` needs; with `widen`, f32 becomes f64 everywhere.
/// Throws `failure` if an op does not accept f64.
/// REQUIRES: no user nodes if `widen`.
graph_copy copy_part(const expr& x, bool widen);

} // namespace morph
