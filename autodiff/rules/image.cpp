// Rules of convolution and pooling. Convolution and its two adjoints are three
// views of one trilinear form, so each is the derivative of the others. The
// first maximum of a pooling window takes the whole gradient.
#include <morph/autodiff/rules/groups.hpp>
#include <morph/autodiff/rules/support.hpp>

#include <array>

namespace morph::rules {

namespace {

// The three views, with the window of the node at hand.

expr forward(const rule_context& c, const expr& x, const expr& w) {
  return conv2d(x, w, integer(c, "stride"), integer(c, "padding"));
}

expr input_grad(const rule_context& c, const expr& g, const expr& w,
                const expr& x) {
  return conv2d_input_grad(g, w, x, integer(c, "stride"),
                           integer(c, "padding"));
}

expr weight_grad(const rule_context& c, const expr& g, const expr& x,
                 const expr& w) {
  return conv2d_weight_grad(g, x, w, integer(c, "stride"),
                            integer(c, "padding"));
}

// The tangent of an op that is linear in inputs 0 and 1 and looks only at the
// shape of a third.
exprs bilinear_jvp(const rule_context& c, exprs_view t) {
  expr out;
  for (size_t i = 0; i < 2; ++i)
    if (t[i]) {
      exprs inputs{c.in.begin(), c.in.end()};
      inputs[i] = t[i];
      out = plus(out, apply_again(c, inputs));
    }
  return {out ? out : zeros_like(c.out[0])};
}

exprs conv2d_vjp(const rule_context& c, exprs_view g) {
  exprs out(2);
  if (c.wants(0))
    out[0] = input_grad(c, g[0], c.in[1], c.in[0]);
  if (c.wants(1))
    out[1] = weight_grad(c, g[0], c.in[0], c.in[1]);
  return out;
}

// Inputs: g, w, x.
exprs conv2d_input_grad_vjp(const rule_context& c, exprs_view d) {
  exprs out(3);
  if (c.wants(0))
    out[0] = forward(c, d[0], c.in[1]);
  if (c.wants(1))
    out[1] = weight_grad(c, c.in[0], d[0], c.in[1]);
  return out;
}

// Inputs: g, x, w.
exprs conv2d_weight_grad_vjp(const rule_context& c, exprs_view d) {
  exprs out(3);
  if (c.wants(0))
    out[0] = forward(c, c.in[1], d[0]);
  if (c.wants(1))
    out[1] = input_grad(c, c.in[0], d[0], c.in[1]);
  return out;
}

// A pooling window of a node.
struct window {
  int64_t kernel;
  int64_t stride;
  int64_t padding;
};

window window_of(const rule_context& c) {
  return {integer(c, "kernel"), integer(c, "stride"), integer(c, "padding")};
}

exprs max_pool2d_vjp(const rule_context& c, exprs_view g) {
  auto [k, s, p] = window_of(c);
  return {max_pool2d_grad(c.in[0], g[0], k, s, p)};
}

exprs max_pool2d_jvp(const rule_context& c, exprs_view t) {
  auto [k, s, p] = window_of(c);
  return {max_pool2d_pick(c.in[0], t[0], k, s, p)};
}

// Inputs: x, g. Linear in g; where the maxima lie is constant in x.
exprs max_pool2d_grad_vjp(const rule_context& c, exprs_view d) {
  auto [k, s, p] = window_of(c);
  return {expr{}, max_pool2d_pick(c.in[0], d[0], k, s, p)};
}

// Inputs: x, t.
exprs max_pool2d_pick_vjp(const rule_context& c, exprs_view d) {
  auto [k, s, p] = window_of(c);
  return {expr{}, max_pool2d_grad(c.in[0], d[0], k, s, p)};
}

exprs linear_in_second_jvp(const rule_context& c, exprs_view t) {
  if (!t[1])
    return {zeros_like(c.out[0])};
  return {apply_again(c, std::array{c.in[0], t[1]})};
}

exprs avg_pool2d_vjp(const rule_context& c, exprs_view g) {
  auto [k, s, p] = window_of(c);
  return {avg_pool2d_grad(g[0], c.in[0], k, s, p)};
}

// Inputs: g, x.
exprs avg_pool2d_grad_vjp(const rule_context& c, exprs_view d) {
  auto [k, s, p] = window_of(c);
  return {avg_pool2d(d[0], k, s, p), expr{}};
}

constexpr std::array rows{
  derivative_rule{"conv2d", conv2d_vjp, bilinear_jvp, {}},
  derivative_rule{"conv2d_input_grad", conv2d_input_grad_vjp, bilinear_jvp, {}},
  derivative_rule{
    "conv2d_weight_grad", conv2d_weight_grad_vjp, bilinear_jvp, {}},
  derivative_rule{"max_pool2d", max_pool2d_vjp, max_pool2d_jvp, {}},
  derivative_rule{
    "max_pool2d_grad", max_pool2d_grad_vjp, linear_in_second_jvp, {}},
  derivative_rule{
    "max_pool2d_pick", max_pool2d_pick_vjp, linear_in_second_jvp, {}},
  derivative_rule{"avg_pool2d", avg_pool2d_vjp, linear_jvp, {}},
  derivative_rule{"avg_pool2d_grad", avg_pool2d_grad_vjp, linear_jvp, {}},
};

} // namespace

rules_view image_rules() noexcept {
  return rows;
}

} // namespace morph::rules
