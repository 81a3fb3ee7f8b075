#include <morph/graph/operand.hpp>

namespace morph {

expr operand::in_graph_of(const operand& like) const {
  if (expr_)
    return expr_;
  if (like.is_number())
    throw failure{error{errc::foreign_expression,
                        "an op needs at least one expression"}};
  auto t = like.get().type().is_tensor() ? like.get().type().type() : f64;
  auto value = tensor::full(t, {}, number_);
  graph_node n;
  n.kind = &builtin::constant;
  n.outputs.emplace_back(t, shape{});
  n.attrs.set("value", std::move(value));
  n.file = at_.file_name();
  n.line = at_.line();
  auto& g = *like.get().data();
  n.id = static_cast<node_id>(g.nodes.size());
  g.nodes.push_back(std::move(n));
  return {&g, {static_cast<node_id>(g.nodes.size() - 1), 0}};
}

} // namespace morph
