#include <morph/graph/operand.hpp>

#include <cmath>
#include <string>

namespace morph {

namespace {

/// True if no part of the number is lost but digits of a floating type.
bool holds(dtype t, double x) {
  switch (t) {
    case dtype::i32:
      return x == std::trunc(x) && std::abs(x) < 0x1p31;
    case dtype::i64:
      return x == std::trunc(x) && std::abs(x) < 0x1p63;
    case dtype::u8:
      return x == std::trunc(x) && x >= 0 && x < 256;
    case dtype::boolean:
      return x == 0 || x == 1;
    default:
      return true;
  }
}

} // namespace

expr operand::in_graph_of(const operand& like) const {
  if (expr_)
    return expr_;
  if (like.is_number())
    throw failure{
      error{errc::foreign_expression, "an op needs at least one expression"}};
  auto t = like.get().type().is_tensor() ? like.get().type().type() : f64;
  return as_constant(*like.get().data(), t);
}

expr operand::as_constant(graph_data& g, dtype t) const {
  if (!holds(t, number_)) {
    error e{errc::dtype_mismatch, "the number " + std::to_string(number_)
                                    + " is no " + std::string{to_string(t)}};
    throw failure{std::move(e.at("constant", place{at_})
                              .remedy("convert the other operand with "
                                      "cast(x, type)"))};
  }
  graph_node n;
  n.kind = &builtin::constant;
  n.outputs.emplace_back(t, shape{});
  n.attrs.set("value", tensor::full(t, {}, number_));
  n.file = at_.file_name();
  n.line = at_.line();
  n.id = static_cast<node_id>(g.nodes.size());
  g.nodes.push_back(std::move(n));
  return {&g, {static_cast<node_id>(g.nodes.size() - 1), 0}};
}

} // namespace morph
