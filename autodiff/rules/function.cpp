// Rules of functions of one number: a factor each, which both modes multiply
// with what comes in.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>
#include <numbers>

namespace morph::rules {

namespace {

constexpr double inv_sqrt_2pi = std::numbers::inv_sqrtpi / std::numbers::sqrt2;

template <expr (*Factor)(const expr& x, const expr& y)>
exprs scaled(const rule_context& c, exprs_view d) {
  return {mul_no_nan(d[0], Factor(c.in[0], c.out[0]))};
}

template <expr (*Factor)(const expr& x, const expr& y)>
constexpr derivative_rule row(std::string_view op) {
  return {op, scaled<Factor>, scaled<Factor>, {}};
}

expr d_exp(const expr&, const expr& y) {
  return y;
}

expr d_log(const expr& x, const expr&) {
  return reciprocal(x);
}

expr d_sqrt(const expr&, const expr& y) {
  return 0.5 * reciprocal(y);
}

expr d_rsqrt(const expr&, const expr& y) {
  return -0.5 * (y * square(y));
}

expr d_reciprocal(const expr&, const expr& y) {
  return -square(y);
}

expr d_tanh(const expr&, const expr& y) {
  return 1 - square(y);
}

expr d_sigmoid(const expr&, const expr& y) {
  return y * (1 - y);
}

// Phi(x) + x phi(x), with phi the density and Phi the distribution function
// of the standard normal distribution.
expr d_gelu(const expr& x, const expr&) {
  auto distribution = 0.5 * (1 + erf(x * (1 / std::numbers::sqrt2)));
  auto density = inv_sqrt_2pi * exp(-0.5 * square(x));
  return distribution + mul_no_nan(x, density);
}

expr d_sin(const expr& x, const expr&) {
  return cos(x);
}

expr d_cos(const expr& x, const expr&) {
  return -sin(x);
}

expr d_log1p(const expr& x, const expr&) {
  return reciprocal(1 + x);
}

expr d_expm1(const expr& x, const expr&) {
  return exp(x);
}

expr d_erf(const expr& x, const expr&) {
  return 2 * std::numbers::inv_sqrtpi * exp(-square(x));
}

constexpr std::array rows{
  row<d_exp>("exp"),
  row<d_log>("log"),
  row<d_sqrt>("sqrt"),
  row<d_rsqrt>("rsqrt"),
  row<d_reciprocal>("reciprocal"),
  row<d_tanh>("tanh"),
  row<d_sigmoid>("sigmoid"),
  row<d_gelu>("gelu"),
  row<d_sin>("sin"),
  row<d_cos>("cos"),
  row<d_log1p>("log1p"),
  row<d_expm1>("expm1"),
  row<d_erf>("erf"),
  derivative_rule{"floor", nullptr, nullptr,
                  "it is constant wherever it is continuous"},
};

} // namespace

rules_view function_rules() noexcept {
  return rows;
}

} // namespace morph::rules
