// Rules of reductions. What ties for a maximum or minimum shares the gradient
// evenly.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

exprs sum_vjp(const rule_context& c, exprs_view g) {
  return {unreduce(g[0], c.in[0], axes_of(c), flag(c, "keepdims"))};
}

// The number of elements in each group; a constant where extents are known.
expr group_size(const rule_context& c) {
  auto& x = c.in[0];
  auto& s = x.type().shape();
  auto axes = axes_of(c);
  if (!s.is_static())
    return reduced_count(x, axes);
  double n = 1;
  for (auto axis : axes)
    n *= static_cast<double>(s[static_cast<size_t>(
      axis < 0 ? axis + static_cast<int64_t>(s.rank()) : axis)]);
  if (axes.empty())
    n = static_cast<double>(s.elements());
  return operand{n}.in_graph_of(x);
}

exprs mean_vjp(const rule_context& c, exprs_view g) {
  return {
    unreduce(g[0] / group_size(c), c.in[0], axes_of(c), flag(c, "keepdims"))};
}

// Where the elements equal to the extreme one are, and how many in a group.
struct winners {
  expr mask;
  expr count;
};

winners find_winners(const rule_context& c) {
  auto& x = c.in[0];
  auto axes = axes_of(c);
  auto keepdims = flag(c, "keepdims");
  auto mask = equal(x, unreduce(c.out[0], x, axes, keepdims));
  return {mask, sum(cast(mask, x.type().type()), axes, keepdims)};
}

exprs extreme_vjp(const rule_context& c, exprs_view g) {
  auto w = find_winners(c);
  auto share
    = unreduce(g[0] / w.count, c.in[0], axes_of(c), flag(c, "keepdims"));
  return {where(w.mask, share, 0)};
}

exprs extreme_jvp(const rule_context& c, exprs_view t) {
  auto w = find_winners(c);
  return {sum(where(w.mask, t[0], 0), axes_of(c), flag(c, "keepdims"))
          / w.count};
}

constexpr derivative_rule position(std::string_view op) {
  return {op, nullptr, nullptr, "its result is a position"};
}

constexpr std::array rows{
  derivative_rule{"sum", sum_vjp, linear_jvp, {}},
  derivative_rule{"mean", mean_vjp, linear_jvp, {}},
  derivative_rule{"max", extreme_vjp, extreme_jvp, {}},
  derivative_rule{"min", extreme_vjp, extreme_jvp, {}},
  position("argmax"),
  position("argmin"),
};

} // namespace

rules_view reduction_rules() noexcept {
  return rows;
}

} // namespace morph::rules
