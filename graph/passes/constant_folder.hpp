// Computes nodes whose inputs are all constants, within limits; the working
// part of `fold_constants`.
//
// Thread-safety: none; one object per graph.
#pragma once

#include <morph/graph/graph.hpp>

#include <cstdint>
#include <vector>

namespace morph::detail {

class constant_folder {
public:
  /// The node as a constant, or unchanged if it is not to be folded.
  /// `n.inputs` refer to `g`.
  graph_node fold(const graph& g, graph_node n);

  /// True if a node has been folded: its inputs may have no reader left.
  bool has_folded() const noexcept {
    return folded_;
  }

private:
  tensor value_of(const graph& g, const graph_node& n);
  bool is_cheap(const graph_node& n, const std::vector<value>& in) const;

  uint64_t spent_bytes_ = 0;
  bool folded_ = false;
};

} // namespace morph::detail
