// Rules of arithmetic. Products are formed by mul_no_nan, so that a zero
// cotangent meets an infinite derivative without a NaN.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

exprs add_vjp(const rule_context& c, exprs_view g) {
  exprs out(2);
  for (size_t i = 0; i < 2; ++i)
    if (c.wants(i))
      out[i] = unbroadcast(g[0], c.in[i]);
  return out;
}

exprs add_jvp(const rule_context& c, exprs_view t) {
  return {spread(plus(t[0], t[1]), c.out[0])};
}

exprs sub_vjp(const rule_context& c, exprs_view g) {
  exprs out(2);
  if (c.wants(0))
    out[0] = unbroadcast(g[0], c.in[0]);
  if (c.wants(1))
    out[1] = -unbroadcast(g[0], c.in[1]);
  return out;
}

exprs sub_jvp(const rule_context& c, exprs_view t) {
  if (!t[1])
    return {spread(t[0], c.out[0])};
  return {spread(t[0] ? t[0] - t[1] : -t[1], c.out[0])};
}

exprs mul_vjp(const rule_context& c, exprs_view g) {
  exprs out(2);
  for (size_t i = 0; i < 2; ++i)
    if (c.wants(i))
      out[i] = unbroadcast(mul_no_nan(g[0], c.in[1 - i]), c.in[i]);
  return out;
}

exprs mul_jvp(const rule_context& c, exprs_view t) {
  expr out;
  for (size_t i = 0; i < 2; ++i)
    if (t[i])
      out = plus(out, mul_no_nan(t[i], c.in[1 - i]));
  return {spread(out, c.out[0])};
}

// With y = a / b: dy/da = 1 / b, dy/db = -y / b.
exprs div_vjp(const rule_context& c, exprs_view g) {
  exprs out(2);
  auto scaled = mul_no_nan(g[0], reciprocal(c.in[1]));
  if (c.wants(0))
    out[0] = unbroadcast(scaled, c.in[0]);
  if (c.wants(1))
    out[1] = -unbroadcast(mul_no_nan(scaled, c.out[0]), c.in[1]);
  return out;
}

exprs div_jvp(const rule_context& c, exprs_view t) {
  auto inverse = reciprocal(c.in[1]);
  auto numerator = t[0];
  if (t[1]) {
    auto loss = mul_no_nan(t[1], c.out[0]);
    numerator = numerator ? numerator - loss : -loss;
  }
  return {spread(mul_no_nan(numerator, inverse), c.out[0])};
}

// b * a^(b - 1), which is 0 for b = 0 even where a is 0.
expr pow_by_base(const rule_context& c) {
  return mul_no_nan(c.in[1], pow(c.in[0], c.in[1] - 1));
}

// y * log(a), taken as 0 where a is 0.
expr pow_by_exponent(const rule_context& c) {
  auto& a = c.in[0];
  return mul_no_nan(c.out[0], log(where(equal(a, 0), 1, a)));
}

exprs pow_vjp(const rule_context& c, exprs_view g) {
  exprs out(2);
  if (c.wants(0))
    out[0] = unbroadcast(mul_no_nan(g[0], pow_by_base(c)), c.in[0]);
  if (c.wants(1))
    out[1] = unbroadcast(mul_no_nan(g[0], pow_by_exponent(c)), c.in[1]);
  return out;
}

exprs pow_jvp(const rule_context& c, exprs_view t) {
  expr out;
  if (t[0])
    out = mul_no_nan(t[0], pow_by_base(c));
  if (t[1])
    out = plus(out, mul_no_nan(t[1], pow_by_exponent(c)));
  return {spread(out, c.out[0])};
}

// `x` where `a` prevails over `b`, half of it where they tie, else 0.
template <expr (*Prevails)(operand, operand)>
expr share(const expr& x, const expr& a, const expr& b) {
  return where(Prevails(a, b), x, where(equal(a, b), 0.5 * x, 0));
}

template <expr (*Prevails)(operand, operand)>
exprs extreme_vjp(const rule_context& c, exprs_view g) {
  exprs out(2);
  for (size_t i = 0; i < 2; ++i)
    if (c.wants(i))
      out[i]
        = unbroadcast(share<Prevails>(g[0], c.in[i], c.in[1 - i]), c.in[i]);
  return out;
}

template <expr (*Prevails)(operand, operand)>
exprs extreme_jvp(const rule_context& c, exprs_view t) {
  expr out;
  for (size_t i = 0; i < 2; ++i)
    if (t[i])
      out = plus(out, share<Prevails>(t[i], c.in[i], c.in[1 - i]));
  return {spread(out, c.out[0])};
}

exprs neg_vjp(const rule_context&, exprs_view g) {
  return {-g[0]};
}

// The same in both modes: the derivative is a diagonal matrix.
exprs square_rule(const rule_context& c, exprs_view x) {
  return {mul_no_nan(x[0], 2 * c.in[0])};
}

exprs relu_rule(const rule_context& c, exprs_view x) {
  return {where(greater(c.out[0], 0), x[0], 0)};
}

exprs abs_rule(const rule_context& c, exprs_view x) {
  return {mul_no_nan(x[0], sign(c.in[0]))};
}

constexpr std::array rows{
  derivative_rule{"add", add_vjp, add_jvp, {}},
  derivative_rule{"sub", sub_vjp, sub_jvp, {}},
  derivative_rule{"mul", mul_vjp, mul_jvp, {}},
  derivative_rule{"mul_no_nan", mul_vjp, mul_jvp, {}},
  derivative_rule{"div", div_vjp, div_jvp, {}},
  derivative_rule{"pow", pow_vjp, pow_jvp, {}},
  derivative_rule{"maximum", extreme_vjp<greater>, extreme_jvp<greater>, {}},
  derivative_rule{"minimum", extreme_vjp<less>, extreme_jvp<less>, {}},
  derivative_rule{"neg", neg_vjp, neg_vjp, {}},
  derivative_rule{"square", square_rule, square_rule, {}},
  derivative_rule{"relu", relu_rule, relu_rule, {}},
  derivative_rule{"abs", abs_rule, abs_rule, {}},
  derivative_rule{"sign", nullptr, nullptr,
                  "it is constant wherever it is continuous"},
};

} // namespace

rules_view arithmetic_rules() noexcept {
  return rows;
}

} // namespace morph::rules
