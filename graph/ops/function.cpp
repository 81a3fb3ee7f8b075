#include <morph/graph/ops/elementwise.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

constexpr std::array rows{
  unary_row<kernels::exp, 15>("exp", "e to the power of x."),
  unary_row<kernels::log, 15>("log", "Natural logarithm of x."),
  unary_row<kernels::sqrt, 4>("sqrt", "Square root of x."),
  unary_row<kernels::rsqrt, 8>("rsqrt", "1 / sqrt(x)."),
  unary_row<kernels::reciprocal, 4>("reciprocal", "1 / x."),
  unary_row<kernels::tanh, 25>("tanh", "Hyperbolic tangent of x."),
  unary_row<kernels::sigmoid, 20>("sigmoid", "1 / (1 + exp(-x))."),
  unary_row<kernels::gelu, 30>("gelu", "x / 2 * (1 + erf(x / sqrt(2)))."),
  unary_row<kernels::sin, 15>("sin", "Sine of x."),
  unary_row<kernels::cos, 15>("cos", "Cosine of x."),
  unary_row<kernels::log1p, 20>("log1p", "log(1 + x), precise near 0."),
  unary_row<kernels::expm1, 20>("expm1", "exp(x) - 1, precise near 0."),
  unary_row<kernels::erf, 25>("erf", "Error function of x."),
  unary_row<kernels::floor, 1>("floor", "Largest integer not above x."),
};

} // namespace

rows_view function_rows() noexcept {
  return rows;
}

} // namespace morph::ops
