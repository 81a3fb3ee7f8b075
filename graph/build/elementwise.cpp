#include <morph/graph/build/apply.hpp>
#include <morph/graph/build/elementwise.hpp>

namespace morph {

expr operator+(operand a, operand b) {
  return build::apply("add", {a, b});
}

expr operator-(operand a, operand b) {
  return build::apply("sub", {a, b});
}

expr operator*(operand a, operand b) {
  return build::apply("mul", {a, b});
}

expr operator/(operand a, operand b) {
  return build::apply("div", {a, b});
}

expr operator-(operand x) {
  return build::apply("neg", {x});
}

expr mul_no_nan(operand a, operand b) {
  return build::apply("mul_no_nan", {a, b});
}

expr pow(operand a, operand b) {
  return build::apply("pow", {a, b});
}

expr minimum(operand a, operand b) {
  return build::apply("minimum", {a, b});
}

expr maximum(operand a, operand b) {
  return build::apply("maximum", {a, b});
}

expr less(operand a, operand b) {
  return build::apply("less", {a, b});
}

expr less_equal(operand a, operand b) {
  return build::apply("less_equal", {a, b});
}

expr greater(operand a, operand b) {
  return build::apply("greater", {a, b});
}

expr greater_equal(operand a, operand b) {
  return build::apply("greater_equal", {a, b});
}

expr equal(operand a, operand b) {
  return build::apply("equal", {a, b});
}

expr not_equal(operand a, operand b) {
  return build::apply("not_equal", {a, b});
}

expr logical_and(operand a, operand b) {
  return build::apply("logical_and", {a, b});
}

expr logical_or(operand a, operand b) {
  return build::apply("logical_or", {a, b});
}

expr logical_not(operand x) {
  return build::apply("logical_not", {x});
}

expr exp(operand x) {
  return build::apply("exp", {x});
}

expr log(operand x) {
  return build::apply("log", {x});
}

expr sqrt(operand x) {
  return build::apply("sqrt", {x});
}

expr rsqrt(operand x) {
  return build::apply("rsqrt", {x});
}

expr reciprocal(operand x) {
  return build::apply("reciprocal", {x});
}

expr tanh(operand x) {
  return build::apply("tanh", {x});
}

expr sigmoid(operand x) {
  return build::apply("sigmoid", {x});
}

expr sin(operand x) {
  return build::apply("sin", {x});
}

expr cos(operand x) {
  return build::apply("cos", {x});
}

expr log1p(operand x) {
  return build::apply("log1p", {x});
}

expr expm1(operand x) {
  return build::apply("expm1", {x});
}

expr erf(operand x) {
  return build::apply("erf", {x});
}

expr floor(operand x) {
  return build::apply("floor", {x});
}

expr gelu(operand x) {
  return build::apply("gelu", {x});
}

expr square(operand x) {
  return build::apply("square", {x});
}

expr relu(operand x) {
  return build::apply("relu", {x});
}

expr abs(operand x) {
  return build::apply("abs", {x});
}

expr sign(operand x) {
  return build::apply("sign", {x});
}

expr stop_gradient(operand x) {
  return build::apply("stop_gradient", {x});
}

expr identity(operand x) {
  return build::apply("identity", {x});
}

expr where(operand condition, operand a, operand b) {
  // Numbers take the type of the other choice, not that of the condition.
  auto& like = a.is_number() ? b : a;
  return build::apply("where", {condition,
                                {a.in_graph_of(like), a.where()},
                                {b.in_graph_of(like), b.where()}});
}

expr cast(operand x, dtype t) {
  return build::apply("cast", {x}, {{"dtype", t}});
}

} // namespace morph
