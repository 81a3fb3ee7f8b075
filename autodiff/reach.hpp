// Which part of a graph a derivative has to look at.
//
// Thread-safety: plain values; the graph must not shrink meanwhile.
//
// Invariant: work and memory are linear in the number of nodes between the
// first input and the last output.
#pragma once

#include <morph/graph/expr.hpp>

#include <set>
#include <span>
#include <vector>

namespace morph {

/// The nodes from the first input to the last output, by id.
class reach {
public:
  /// REQUIRES: all expressions belong to `g`.
  reach(const graph_data& g, std::span<const expr> inputs,
        std::span<const expr> outputs);

  node_id first() const noexcept {
    return first_;
  }

  /// One past the last node.
  node_id end() const noexcept {
    return end_;
  }

  /// Position of a node in arrays over the range.
  size_t index(node_id id) const noexcept {
    return id - first_;
  }

  size_t size() const noexcept {
    return end_ - first_;
  }

  /// True if `x` is one of the inputs, or a floating or user value that
  /// depends on one through differentiable nodes.
  bool is_live(port_ref x) const;

  /// True if an input of the node is live and gradients flow through it.
  bool passes_gradients(node_id id) const noexcept {
    return passing_[index(id)];
  }

  /// True if some output depends on the node.
  bool is_needed(node_id id) const noexcept {
    return needed_[index(id)];
  }

private:
  bool in_range(node_id id) const noexcept {
    return id >= first_ && id < end_;
  }

  const graph_data& graph_;
  std::set<port_ref> inputs_;
  node_id first_ = 0;
  node_id end_ = 0;
  std::vector<bool> passing_;
  std::vector<bool> needed_;
};

} // namespace morph
