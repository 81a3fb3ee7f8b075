#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/matmul.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

result<port_type> matmul_type(const port_type& a, const port_type& b,
                              const attributes& attrs) {
  if (a.type() != b.type())
    return fail(kernels::mixed_types(a.type(), b.type()));
  if (a.type() == boolean)
    return fail(kernels::undefined_for(boolean));
  return kernels::matmul_shape(a.shape(), b.shape(),
                               attrs.get<bool>("transpose_a"),
                               attrs.get<bool>("transpose_b"))
    .map([&](const shape& s) {
      return port_type{a.type(), s};
    });
}

result<tensor> matmul(const tensor& a, const tensor& b,
                      const attributes& attrs) {
  return kernels::matmul(a, b, attrs.get<bool>("transpose_a"),
                         attrs.get<bool>("transpose_b"));
}

/// A multiplication and an addition for each result and inner position.
op_cost matmul_cost(types_view in, types_view out, const attributes& attrs) {
  auto& a = in[0].shape();
  auto inner = a.rank() == 0 ? 1
               : attrs.get_or("transpose_a", false) && a.rank() > 1
                 ? a[a.rank() - 2]
                 : a[a.rank() - 1];
  return {2 * elements_of(out[0]) * static_cast<double>(inner),
          bytes_of(in) + bytes_of(out)};
}

constexpr std::array rows{
  op{"matmul", 2, 2, 1, rule<&matmul_type>, kernel<&matmul>, matmul_cost,
     "Matrix product over the last two axes, either side transposed first if "
     "`transpose_a` or `transpose_b`."},
};

} // namespace

rows_view matmul_rows() noexcept {
  return rows;
}

} // namespace morph::ops
