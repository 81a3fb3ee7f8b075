// What many derivative rules share.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/autodiff/rule.hpp>
#include <morph/graph/build.hpp>
#include <morph/graph/graph.hpp>

#include <vector>

namespace morph::rules {

using exprs = std::vector<expr>;
using exprs_view = std::span<const expr>;

/// True if both have the same shape whatever the values that arrive.
bool same_shape(const expr& a, const expr& b) noexcept;

/// Sums the gradient of a broadcast operand to the shape of `operand`.
/// Mentions the operand only if its extents are not known.
expr unbroadcast(const expr& g, const expr& operand);

/// Brings a tangent to the shape of the result.
expr spread(const expr& tangent, const expr& result);

/// Undoes a reduction of `x` over `axes`: repeats `g` along them.
expr unreduce(const expr& g, const expr& x, const std::vector<int64_t>& axes,
              bool keepdims);

/// Gives `g` the shape of `x`, which has as many elements.
expr reshape_back(const expr& g, const expr& x);

/// Sum of two terms, either of which may be null.
expr plus(const expr& a, const expr& b);

/// Applies the op of the node to other inputs: the tangent of a linear op.
expr apply_again(const rule_context& c, exprs_view inputs);

/// The tangent of an op that is linear in input 0 and looks only at the shape
/// of others.
exprs linear_jvp(const rule_context& c, exprs_view tangents);

/// Axes `attr` of the node.
std::vector<int64_t> axes_of(const rule_context& c);

inline int64_t integer(const rule_context& c, std::string_view name) {
  return c.attrs.get<int64_t>(name);
}

inline bool flag(const rule_context& c, std::string_view name) {
  return c.attrs.get<bool>(name);
}

} // namespace morph::rules
