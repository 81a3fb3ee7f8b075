#include <morph/graph/passes/pass_result.hpp>

#include <utility>

namespace morph {

graph_node with_inputs(const graph_node& x, std::span<const port_ref> inputs) {
  auto out = x;
  out.inputs.assign(inputs.begin(), inputs.end());
  return out;
}

node_id copy_node(graph& to, const graph_node& x,
                  std::span<const port_ref> inputs) {
  return to.append(with_inputs(x, inputs)).ref().node;
}

graph copy_graph(const graph& g) {
  return rebuild(g,
                 [](graph& to, const graph_node& n, auto& inputs) {
                   return std::optional{copy_node(to, n, inputs)};
                 })
    .result;
}

pass_result chain(pass_result a, pass_result b) {
  for (auto& id : a.new_id)
    if (id)
      id = b.new_id[*id];
  b.new_id = std::move(a.new_id);
  return b;
}

} // namespace morph
