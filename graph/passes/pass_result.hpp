// What a pass returns, and the walk that all passes share.
//
// Thread-safety: plain values and free functions.
#pragma once

#include <morph/graph/graph.hpp>

#include <optional>
#include <span>
#include <vector>

namespace morph {

/// A new graph, and where the nodes of the old one have gone.
struct pass_result {
  graph result;
  std::vector<std::optional<node_id>> new_id; ///< By old id.

  /// The new place of a port; empty if its node is gone.
  std::optional<port_ref> find(port_ref old) const noexcept {
    auto to = new_id[old.node];
    return to ? std::optional{port_ref{*to, old.port}} : std::nullopt;
  }
};

/// A copy of `x` that reads `inputs`.
graph_node with_inputs(const graph_node& x, std::span<const port_ref> inputs);

/// Appends a copy of `x` that reads `inputs`.
node_id copy_node(graph& to, const graph_node& x,
                  std::span<const port_ref> inputs);

/// A graph of its own with the same nodes and outputs: a handle to a graph,
/// copied, would still refer to the same nodes.
graph copy_graph(const graph& g);

/// `a`, then `b` on its result.
pass_result chain(pass_result a, pass_result b);

/// Walks a graph in the order of its ids. `visit(to, node, inputs)` gets each
/// node whose inputs have a new place, and returns the id of what stands for
/// it in `to`, or none. Outputs follow their ports.
template <class Visit>
pass_result rebuild(const graph& g, Visit visit) {
  pass_result out;
  out.new_id.resize(g.size());
  std::vector<port_ref> inputs;
  for (auto& n : g.data()->nodes) {
    inputs.clear();
    for (auto in : n.inputs)
      if (auto to = out.find(in))
        inputs.push_back(*to);
    if (inputs.size() == n.inputs.size())
      out.new_id[n.id] = visit(out.result, n, inputs);
  }
  for (auto& [name, ref] : g.outputs())
    if (auto to = out.find(ref))
      out.result.output(name, out.result.at(*to));
  return out;
}

} // namespace morph
