// Rules of softmax and what is computed through it.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

// The Jacobian diag(y) - y y^T is symmetric: one rule for both modes.
exprs softmax_rule(const rule_context& c, exprs_view d) {
  auto& y = c.out[0];
  auto mean = sum(mul_no_nan(d[0], y), {integer(c, "axis")}, true);
  return {mul_no_nan(y, d[0] - mean)};
}

exprs log_softmax_vjp(const rule_context& c, exprs_view g) {
  auto total = sum(g[0], {integer(c, "axis")}, true);
  return {g[0] - mul_no_nan(exp(c.out[0]), total)};
}

exprs log_softmax_jvp(const rule_context& c, exprs_view t) {
  auto mean = sum(mul_no_nan(exp(c.out[0]), t[0]), {integer(c, "axis")}, true);
  return {t[0] - mean};
}

constexpr std::array rows{
  derivative_rule{"softmax", softmax_rule, softmax_rule, {}},
  derivative_rule{"log_softmax", log_softmax_vjp, log_softmax_jvp, {}},
};

} // namespace

rules_view softmax_rules() noexcept {
  return rows;
}

} // namespace morph::rules
