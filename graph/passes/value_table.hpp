// Finds nodes that compute the same value; the working part of
// `merge_common_subexpressions`.
//
// Thread-safety: none; one object per graph.
#pragma once

#include <morph/graph/graph.hpp>

#include <cstddef>
#include <optional>
#include <unordered_map>

namespace morph::detail {

class value_table {
public:
  /// The id of a node of `to` that does what `n` does, appending `n` if there
  /// is none. `n.inputs` refer to `to`.
  node_id place(graph& to, graph_node n);

private:
  std::optional<node_id> find(const graph& to, size_t hash,
                              const graph_node& n) const;

  std::unordered_multimap<size_t, node_id> rows_; ///< One for each value.
};

} // namespace morph::detail
