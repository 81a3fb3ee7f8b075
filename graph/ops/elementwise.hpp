// Shape rules and kernels of elementwise rows, made from tables of loops.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/walk.hpp>
#include <morph/graph/ops/row.hpp>

namespace morph::ops {

template <const kernels::unary_op& Op>
result<port_type> unary_type(const port_type& x) {
  if (!Op.loops[static_cast<size_t>(x.type())])
    return fail(kernels::undefined_for(x.type()));
  return x;
}

template <const kernels::unary_op& Op>
result<tensor> unary_run(const tensor& x) {
  return kernels::run(Op, x);
}

template <const kernels::binary_op& Op>
result<port_type> binary_type(const port_type& a, const port_type& b) {
  if (a.type() != b.type())
    return fail(kernels::mixed_types(a.type(), b.type()));
  if (!Op.loops[static_cast<size_t>(a.type())])
    return fail(kernels::undefined_for(a.type()));
  auto s = kernels::broadcast_shape(a.shape(), b.shape());
  if (!s)
    return fail(std::move(s.error()));
  return port_type{Op.gives_bool ? boolean : a.type(), *s};
}

template <const kernels::binary_op& Op>
result<tensor> binary_run(const tensor& a, const tensor& b) {
  return kernels::run(Op, a, b);
}

/// A row of the table; `Weight` operations per element.
template <const kernels::unary_op& Op, int Weight>
constexpr op unary_row(std::string_view name, std::string_view meaning) {
  return {name,
          1,
          1,
          1,
          rule<&unary_type<Op>>,
          kernel<&unary_run<Op>>,
          per_result<Weight>,
          meaning};
}

template <const kernels::binary_op& Op, int Weight = 1>
constexpr op binary_row(std::string_view name, std::string_view meaning) {
  return {name,
          2,
          2,
          1,
          rule<&binary_type<Op>>,
          kernel<&binary_run<Op>>,
          per_result<Weight>,
          meaning};
}

} // namespace morph::ops
