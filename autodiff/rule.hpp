// The table of derivative rules: one row per op. A rule is written with
// builder functions, so a derivative is a graph and can be differentiated
// again.
//
// Thread-safety: the table is constant; a rule extends the graph of its
// expressions and follows the rules of `graph`.
//
// Invariants:
// 1. Each row of the op table has a rule here or a reason why it has none.
// 2. A rule adds nodes that depend on the types of its node and on which
//    gradients are wanted, on nothing else: inlined into a graph or compiled
//    for one node, it gives the same bits.
// 3. A zero cotangent gives a zero gradient, whatever the derivative; see
//    docs/autodiff.md.
#pragma once

#include <morph/graph/expr.hpp>

#include <span>
#include <string_view>
#include <vector>

namespace morph {

/// What a rule knows of the node that it differentiates.
struct rule_context {
  const op& kind;
  const attributes& attrs;
  std::span<const expr> in;
  std::span<const expr> out;
  const std::vector<bool>& wanted; ///< Per input; reverse mode only.

  bool wants(size_t input) const {
    return wanted[input];
  }
};

/// Reverse mode: from the cotangents of the outputs, none of them null, to one
/// cotangent per input. Null where the input is not wanted, or is one through
/// which no gradient flows.
using vjp_rule = std::vector<expr> (*)(const rule_context& c,
                                       std::span<const expr> cotangents);

/// Forward mode: from the tangents of the inputs, null for zero but not all of
/// them, to one tangent per output, of the type of that output.
using jvp_rule = std::vector<expr> (*)(const rule_context& c,
                                       std::span<const expr> tangents);

struct derivative_rule {
  std::string_view op;
  vjp_rule vjp = nullptr;
  jvp_rule jvp = nullptr;
  std::string_view reason; ///< Why there is none; empty if there is one.

  bool differentiable() const noexcept {
    return vjp != nullptr;
  }
};

using rules_view = std::span<const derivative_rule>;

/// All rows in ascending order of op names.
rules_view derivative_table();

/// Null if the table has no row for the op.
const derivative_rule* find_rule(std::string_view op) noexcept;

/// True if gradients may flow through `n`: its op has a rule, or it is a user
/// node with a backward function.
bool is_differentiable(const graph_node& n) noexcept;

/// Gives the nodes from `first` on the place of `n`: a derivative stands at
/// the user's line, not at that of a rule.
void place_nodes(graph_data& g, size_t first, const graph_node& n);

/// Runs the rule of a node and checks what it returns: MM0204 names the node
/// if number, element type or shape of a gradient do not fit. Throws
/// `failure`. New nodes get the place of `n`.
std::vector<expr> apply_vjp(graph_data& g, const graph_node& n,
                            std::span<const expr> in, std::span<const expr> out,
                            std::span<const expr> cotangents,
                            const std::vector<bool>& wanted);

/// As `apply_vjp`, in forward mode.
std::vector<expr> apply_jvp(graph_data& g, const graph_node& n,
                            std::span<const expr> in, std::span<const expr> out,
                            std::span<const expr> tangents);

} // namespace morph
