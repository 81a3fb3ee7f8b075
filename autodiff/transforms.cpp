#include <morph/autodiff/compatible.hpp>
#include <morph/autodiff/sweeps.hpp>
#include <morph/autodiff/transforms.hpp>
#include <morph/graph/build.hpp>
#include <morph/graph/graph.hpp>

namespace morph {

namespace {

[[noreturn]] void refuse(errc code, std::string why, const expr& x) {
  error e{code, std::move(why)};
  throw failure{std::move(e.at(display_name(x.node()), x.node().where()))};
}

[[noreturn]] void refuse(errc code, std::string why, std::source_location at) {
  error e{code, std::move(why)};
  e.where = place{at};
  throw failure{std::move(e)};
}

// All expressions belong to one graph, which is returned.
graph_data& common_graph(std::initializer_list<const exprs*> lists,
                         std::source_location at) {
  graph_data* g = nullptr;
  for (auto* xs : lists)
    for (auto& x : *xs) {
      if (!x)
        refuse(errc::foreign_expression, "a null expression", at);
      if (g && x.data() != g)
        refuse(errc::foreign_expression,
               "the expression belongs to another graph than the others", x);
      g = x.data();
    }
  if (!g)
    refuse(errc::wrong_arity, "there is nothing to differentiate", at);
  return *g;
}

void check_differentiable(const exprs& xs, const char* role) {
  for (auto& x : xs)
    if (!x.type().is_differentiable())
      refuse(errc::not_differentiable,
             std::string{role} + " has type " + to_string(x.type())
               + "; only floating-point values carry gradients",
             x);
}

void check_seeds(const exprs& seeds, const exprs& xs, const char* what,
                 graph_data& g, std::source_location at) {
  if (seeds.size() != xs.size())
    refuse(errc::seed_mismatch,
           std::to_string(seeds.size()) + " " + what + "s for "
             + std::to_string(xs.size()) + " values",
           at);
  for (size_t i = 0; i < xs.size(); ++i) {
    if (!seeds[i])
      continue;
    if (seeds[i].data() != &g)
      refuse(errc::foreign_expression, "it belongs to another graph", seeds[i]);
    if (!compatible(xs[i].type(), seeds[i].type()))
      refuse(errc::seed_mismatch,
             std::string{"the "} + what + " has type "
               + to_string(seeds[i].type()) + ", its value "
               + to_string(xs[i].type()),
             xs[i]);
  }
}

void check_loss(const expr& y) {
  if (!y.type().is_differentiable() || !y.type().is_tensor())
    refuse(errc::not_differentiable,
           "the loss has type " + to_string(y.type())
             + "; only floating-point values carry gradients",
           y);
  if (y.type().shape().rank() != 0)
    refuse(errc::non_scalar_loss,
           "the loss has type " + to_string(y.type())
             + ", but a gradient is that of a single number",
           y);
}

expr unit_seed(const expr& y, std::source_location at) {
  graph_node n;
  n.kind = &builtin::constant;
  n.id = static_cast<node_id>(y.data()->nodes.size());
  n.outputs.push_back(y.type());
  n.attrs.set("value", tensor::full(y.type().type(), {}, 1));
  n.file = at.file_name();
  n.line = at.line();
  y.data()->nodes.push_back(std::move(n));
  return {y.data(), {static_cast<node_id>(y.data()->nodes.size() - 1), 0}};
}

} // namespace

expr grad(const expr& y, const expr& x, std::source_location at) {
  return grad(y, exprs{x}, at).front();
}

exprs grad(const expr& y, const exprs& xs, std::source_location at) {
  const exprs outputs{y};
  common_graph({&outputs, &xs}, at);
  check_loss(y);
  return vjp(outputs, xs, {unit_seed(y, at)}, at);
}

value_and_gradients value_and_grad(const expr& y, const exprs& xs,
                                   std::source_location at) {
  return {y, grad(y, xs, at)};
}

exprs vjp(const exprs& outputs, const exprs& inputs, const exprs& seeds,
          std::source_location at) {
  auto& g = common_graph({&outputs, &inputs}, at);
  check_differentiable(outputs, "an output");
  check_differentiable(inputs, "an input");
  check_seeds(seeds, outputs, "seed", g, at);
  return sweep_reverse(g, outputs, inputs, seeds);
}

exprs jvp(const exprs& outputs, const exprs& inputs, const exprs& tangents,
          std::source_location at) {
  auto& g = common_graph({&outputs, &inputs}, at);
  check_differentiable(outputs, "an output");
  check_differentiable(inputs, "an input");
  check_seeds(tangents, inputs, "tangent", g, at);
  return sweep_forward(g, outputs, inputs, tangents);
}

expr hvp(const expr& loss, const expr& x, const expr& v,
         std::source_location at) {
  return hvp(loss, exprs{x}, exprs{v}, at).front();
}

exprs hvp(const expr& loss, const exprs& xs, const exprs& vs,
          std::source_location at) {
  return jvp(grad(loss, xs, at), xs, vs, at);
}

} // namespace morph
