// Rows of truth values, and those that choose or convert elements.
#include <morph/graph/ops/elementwise.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

result<port_type> where_type(const port_type& condition, const port_type& a,
                             const port_type& b) {
  if (condition.type() != boolean)
    return fail(kernels::mixed_types(condition.type(), boolean));
  if (a.type() != b.type())
    return fail(kernels::mixed_types(a.type(), b.type()));
  auto s = kernels::broadcast_shape(a.shape(), b.shape());
  if (s)
    s = kernels::broadcast_shape(condition.shape(), *s);
  if (!s)
    return fail(std::move(s.error()));
  return port_type{a.type(), *s};
}

result<port_type> cast_type(const port_type& x, const attributes& attrs) {
  return port_type{attrs.get<dtype>("dtype"), x.shape()};
}

result<tensor> cast_run(const tensor& x, const attributes& attrs) {
  return kernels::convert(x, attrs.get<dtype>("dtype"));
}

result<port_type> same_type(const port_type& x) {
  return x;
}

result<tensor> pass(const tensor& x) {
  return x;
}

constexpr std::array rows{
  binary_row<kernels::less>("less", "a < b."),
  binary_row<kernels::less_equal>("less_equal", "a <= b."),
  binary_row<kernels::greater>("greater", "a > b."),
  binary_row<kernels::greater_equal>("greater_equal", "a >= b."),
  binary_row<kernels::equal>("equal", "a == b."),
  binary_row<kernels::not_equal>("not_equal", "a != b."),
  binary_row<kernels::logical_and>("logical_and", "a and b, of bools."),
  binary_row<kernels::logical_or>("logical_or", "a or b, of bools."),
  unary_row<kernels::logical_not, 1>("logical_not", "not x, of bools."),
  op{"where", 3, 3, 1, rule<&where_type>, kernel<&kernels::select>, nullptr,
     "The second input where the first holds, else the third."},
  op{"cast", 1, 1, 1, rule<&cast_type>, kernel<&cast_run>, nullptr,
     "x in element type `dtype`; to integers truncated and clamped."},
  op{"identity", 1, 1, 1, rule<&same_type>, kernel<&pass>, nothing, "x."},
  op{"stop_gradient", 1, 1, 1, rule<&same_type>, kernel<&pass>, nothing,
     "x, through which no gradient flows."},
};

} // namespace

rows_view comparison_rows() noexcept {
  return rows;
}

} // namespace morph::ops
