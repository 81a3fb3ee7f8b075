// Derivatives as graphs: each transform appends nodes to the graph of its
// expressions and returns the new ones, which may be differentiated again.
//
// Thread-safety: as `graph`: build with one thread.
//
// Invariants:
// 1. Work and new nodes are linear in the number of nodes between inputs and
//    outputs; nothing recurses over the depth of the graph.
// 2. Cotangents of one port are summed from the left in ascending order of
//    (consumer, input port); seeds come last, in the order of the call.
// 3. An input on which no output depends through differentiable ops gets
//    zeros; so does the tangent of such an output.
//
// Ops without a derivative and user nodes without `backward` stop gradients.
// All functions throw `failure`: MM0110 for expressions of different graphs,
// MM0201 for a loss that is not a single number, MM0202 for a seed or tangent
// that does not fit, MM0203 for what cannot be differentiated: integers, and
// user nodes in second order or forward mode.
#pragma once

#include <morph/graph/expr.hpp>

#include <source_location>
#include <span>
#include <vector>

namespace morph {

using exprs = std::vector<expr>;

/// Gradient of the loss `y`, of rank 0, in `x`, which may be any port.
expr grad(const expr& y, const expr& x,
          std::source_location at = std::source_location::current());

/// Gradients in several ports, in one pass.
exprs grad(const expr& y, const exprs& xs,
           std::source_location at = std::source_location::current());

struct value_and_gradients {
  expr value;
  exprs gradients;
};

/// The loss and its gradients.
value_and_gradients value_and_grad(const expr& y, const exprs& xs,
                                   std::source_location at
                                   = std::source_location::current());

/// Reverse mode: the gradients of sum(seeds[i] * outputs[i]) in `inputs`. A
/// seed has the type of its output; a null one stands for zero.
exprs vjp(const exprs& outputs, const exprs& inputs, const exprs& seeds,
          std::source_location at = std::source_location::current());

/// Forward mode: the tangents of `outputs` as `inputs` move along `tangents`,
/// which have the types of the inputs; a null one stands for zero.
exprs jvp(const exprs& outputs, const exprs& inputs, const exprs& tangents,
          std::source_location at = std::source_location::current());

/// Hessian of the loss in `x` times `v`, by forward over reverse mode.
expr hvp(const expr& loss, const expr& x, const expr& v,
         std::source_location at = std::source_location::current());

/// Blocks of the Hessian in several ports times the parts of `vs`.
exprs hvp(const expr& loss, const exprs& xs, const exprs& vs,
          std::source_location at = std::source_location::current());

} // namespace morph
