// Rules of ops that take a shape from a reference value. They are linear, and
// no gradient flows into the reference.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

exprs sum_to_like_vjp(const rule_context& c, exprs_view g) {
  return {spread(g[0], c.in[0]), expr{}};
}

exprs broadcast_like_vjp(const rule_context& c, exprs_view g) {
  return {unbroadcast(g[0], c.in[0]), expr{}};
}

exprs expand_like_vjp(const rule_context& c, exprs_view g) {
  return {sum(g[0], axes_of(c), flag(c, "keepdims")), expr{}};
}

exprs reshape_like_vjp(const rule_context& c, exprs_view g) {
  return {reshape_back(g[0], c.in[0]), expr{}};
}

constexpr derivative_rule constant(std::string_view op) {
  return {op, nullptr, nullptr,
          "its result depends on the shape of its input alone"};
}

constexpr std::array rows{
  derivative_rule{"sum_to_like", sum_to_like_vjp, linear_jvp, {}},
  derivative_rule{"broadcast_like", broadcast_like_vjp, linear_jvp, {}},
  derivative_rule{"expand_like", expand_like_vjp, linear_jvp, {}},
  derivative_rule{"reshape_like", reshape_like_vjp, linear_jvp, {}},
  constant("full_like"),
  constant("reduced_count"),
  constant("random_uniform"),
  constant("random_normal"),
};

} // namespace

rules_view like_rules() noexcept {
  return rows;
}

} // namespace morph::rules
