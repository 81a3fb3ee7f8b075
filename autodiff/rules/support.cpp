#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

// Axes of `from` along which something of static shape `to` was repeated.
std::vector<int64_t> repeated_axes(const shape& from, const shape& to) {
  std::vector<int64_t> out;
  auto lead = from.rank() - to.rank();
  for (size_t i = 0; i < from.rank(); ++i)
    if (i < lead || (to[i - lead] == 1 && from[i] != 1))
      out.push_back(static_cast<int64_t>(i));
  return out;
}

} // namespace

bool same_shape(const expr& a, const expr& b) noexcept {
  auto& x = a.type().shape();
  return x.is_static() && x == b.type().shape();
}

expr unbroadcast(const expr& g, const expr& operand) {
  if (same_shape(g, operand))
    return g;
  auto& to = operand.type().shape();
  if (!to.is_static())
    return sum_to_like(g, operand);
  auto axes = repeated_axes(g.type().shape(), to);
  auto folded = axes.empty() ? g : sum(g, axes);
  return folded.type().shape() == to ? folded : reshape(folded, to);
}

expr spread(const expr& tangent, const expr& result) {
  return same_shape(tangent, result) ? tangent
                                     : broadcast_like(tangent, result);
}

expr unreduce(const expr& g, const expr& x, const std::vector<int64_t>& axes,
              bool keepdims) {
  auto& to = x.type().shape();
  if (!to.is_static())
    return expand_like(g, x, axes, keepdims);
  if (keepdims)
    return broadcast_to(g, to);
  auto kept = to;
  for (auto axis : axes)
    kept[static_cast<size_t>(axis < 0 ? axis + static_cast<int64_t>(to.rank())
                                      : axis)]
      = 1;
  if (axes.empty())
    for (size_t i = 0; i < kept.rank(); ++i)
      kept[i] = 1;
  return broadcast_to(reshape(g, kept), to);
}

expr reshape_back(const expr& g, const expr& x) {
  if (same_shape(g, x))
    return g;
  auto& to = x.type().shape();
  return to.is_static() ? reshape(g, to) : reshape_like(g, x);
}

expr plus(const expr& a, const expr& b) {
  if (!a)
    return b;
  return b ? a + b : a;
}

expr apply_again(const rule_context& c, exprs_view inputs) {
  return apply_op(*inputs[0].data(), c.kind.name, inputs, c.attrs, {});
}

exprs linear_jvp(const rule_context& c, exprs_view tangents) {
  exprs inputs{c.in.begin(), c.in.end()};
  // Tangents of inputs that count by their shape alone do not matter.
  if (!tangents[0])
    return {zeros_like(c.out[0])};
  inputs[0] = tangents[0];
  return {apply_again(c, inputs)};
}

std::vector<int64_t> axes_of(const rule_context& c) {
  return c.attrs.get<std::vector<int64_t>>("axes");
}

} // namespace morph::rules
