#include <morph/graph/ops/elementwise.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

constexpr std::array rows{
  binary_row<kernels::add>("add", "a + b."),
  binary_row<kernels::sub>("sub", "a - b."),
  binary_row<kernels::mul>("mul", "a * b."),
  binary_row<kernels::mul_no_nan>(
    "mul_no_nan", "a * b, but 0 where either is 0, even times infinity."),
  binary_row<kernels::div, 4>(
    "div", "a / b; integers truncate towards zero, and x / 0 is 0 for them."),
  binary_row<kernels::pow, 20>(
    "pow", "a to the power of b; integers truncate towards zero."),
  binary_row<kernels::minimum>("minimum", "The smaller one, NaN prevails."),
  binary_row<kernels::maximum>("maximum", "The larger one, NaN prevails."),
  unary_row<kernels::neg, 1>("neg", "-x."),
  unary_row<kernels::square, 1>("square", "x * x."),
  unary_row<kernels::relu, 1>("relu", "x where positive, else 0; NaN stays."),
  unary_row<kernels::abs, 1>("abs", "Absolute value of x."),
  unary_row<kernels::sign, 1>("sign", "-1, 0 or 1; NaN stays."),
};

} // namespace

rows_view arithmetic_rows() noexcept {
  return rows;
}

} // namespace morph::ops
