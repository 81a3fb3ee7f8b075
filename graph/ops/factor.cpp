// Rows that factor square matrices.
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/factor.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

result<port_type> square_type(const port_type& a) {
  if (!is_floating(a.type()))
    return fail(kernels::undefined_for(a.type()));
  return kernels::check_square(a.shape()).map([&] { return a; });
}

result<port_type> solve_type(const port_type& a, const port_type& b) {
  if (!is_floating(a.type()))
    return fail(kernels::undefined_for(a.type()));
  if (a.type() != b.type())
    return fail(kernels::mixed_types(a.type(), b.type()));
  return kernels::solution_shape(a.shape(), b.shape()).map([&](const shape& s) {
    return port_type{a.type(), s};
  });
}

result<port_type> triangular_type(const port_type& a, const port_type& b,
                                  const attributes& attrs) {
  attrs.get<bool>("lower");
  attrs.get<bool>("transpose");
  return solve_type(a, b);
}

result<tensor> triangular_solve(const tensor& a, const tensor& b,
                                const attributes& attrs) {
  return kernels::triangular_solve(a, b, attrs.get<bool>("lower"),
                                   attrs.get<bool>("transpose"));
}

result<port_type> logdet_type(const port_type& a) {
  return square_type(a).map([](const port_type& x) {
    shape s;
    for (size_t d = 0; d + 2 < x.shape().rank(); ++d)
      s.push_back(x.shape()[d]);
    return port_type{x.type(), s};
  });
}

double order_of(const port_type& a) {
  auto& s = a.shape();
  return s.rank() == 0 ? 1 : static_cast<double>(s[s.rank() - 1]);
}

// n^3 / 3 for a Cholesky factor, twice that for LU, n^2 for each triangle.
op_cost factor_cost(types_view in, types_view out, const attributes&) {
  return {elements_of(in[0]) * order_of(in[0]) / 3,
          bytes_of(in) + bytes_of(out)};
}

op_cost lu_cost(types_view in, types_view out, const attributes&) {
  return {elements_of(in[0]) * order_of(in[0]) * 2 / 3,
          bytes_of(in) + bytes_of(out)};
}

op_cost solve_cost(types_view in, types_view out, const attributes& attrs) {
  auto out_cost = lu_cost(in, out, attrs);
  out_cost.flops += 2 * elements_of(in[1]) * order_of(in[0]);
  return out_cost;
}

op_cost triangular_cost(types_view in, types_view out, const attributes&) {
  return {elements_of(in[1]) * order_of(in[0]), bytes_of(in) + bytes_of(out)};
}

op_cost inverse_cost(types_view in, types_view out, const attributes&) {
  return {2 * elements_of(in[0]) * order_of(in[0]),
          bytes_of(in) + bytes_of(out)};
}

constexpr std::array rows{
  op{"cholesky", 1, 1, 1, rule<&square_type>, kernel<&kernels::cholesky>,
     factor_cost, "The lower triangular L with L L^T = a."},
  op{"solve", 2, 2, 1, rule<&solve_type>, kernel<&kernels::solve>, solve_cost,
     "The x with a x = b."},
  op{"triangular_solve", 2, 2, 1, rule<&triangular_type>,
     kernel<&triangular_solve>, triangular_cost,
     "The x with t x = b for a triangle t of a: `lower` or upper, `transpose`d "
     "or not."},
  op{"logdet", 1, 1, 1, rule<&logdet_type>, kernel<&kernels::logdet>, lu_cost,
     "Logarithm of the absolute determinant of a."},
  op{"inverse", 1, 1, 1, rule<&square_type>, kernel<&kernels::inverse>,
     inverse_cost, "The inverse of a."},
};

} // namespace

rows_view factor_rows() noexcept {
  return rows;
}

} // namespace morph::ops
