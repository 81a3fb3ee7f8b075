#include <morph/graph/kernels/conv.hpp>
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/shapes.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

kernels::window window_of(const attributes& attrs) {
  kernels::window out;
  out.stride = attrs.get<int64_t>("stride");
  out.padding = attrs.get<int64_t>("padding");
  return out;
}

result<void> check_types(const port_type& a, const port_type& b) {
  if (a.type() != b.type())
    return fail(kernels::mixed_types(a.type(), b.type()));
  if (!is_floating(a.type()))
    return fail(kernels::undefined_for(a.type()));
  return {};
}

result<port_type> conv_type(const port_type& x, const port_type& filters,
                            const attributes& attrs) {
  if (auto ok = check_types(x, filters); !ok)
    return fail(std::move(ok.error()));
  return kernels::conv_shape(x.shape(), filters.shape(), window_of(attrs))
    .map([&](const shape& s) {
      return port_type{x.type(), s};
    });
}

/// Checks that `g` may be a cotangent of the convolution of these shapes.
result<void> check_cotangent(const port_type& g, const port_type& x,
                             const port_type& filters,
                             const attributes& attrs) {
  auto s = kernels::conv_shape(x.shape(), filters.shape(), window_of(attrs));
  if (!s)
    return fail(std::move(s.error()));
  if (!compatible(*s, g.shape()))
    return fail(errc::shape_mismatch,
                "the cotangent of a convolution needs shape " + to_string(*s)
                  + ", not " + to_string(g.shape()));
  return {};
}

result<port_type> input_grad_type(const port_type& g, const port_type& filters,
                                  const port_type& x, const attributes& attrs) {
  auto ok = check_types(g, filters);
  if (ok)
    ok = check_cotangent(g, x, filters, attrs);
  return ok.map([&] { return port_type{g.type(), x.shape()}; });
}

result<port_type> weight_grad_type(const port_type& g, const port_type& x,
                                   const port_type& filters,
                                   const attributes& attrs) {
  auto ok = check_types(g, x);
  if (ok)
    ok = check_cotangent(g, x, filters, attrs);
  return ok.map([&] { return port_type{g.type(), filters.shape()}; });
}

result<tensor> conv2d(const tensor& x, const tensor& filters,
                      const attributes& attrs) {
  return kernels::conv2d(x, filters, window_of(attrs));
}

result<tensor> input_grad(const tensor& g, const tensor& filters,
                          const tensor& x, const attributes& attrs) {
  return kernels::conv2d_input_grad(g, filters, x.shape(), window_of(attrs));
}

result<tensor> weight_grad(const tensor& g, const tensor& x,
                           const tensor& filters, const attributes& attrs) {
  return kernels::conv2d_weight_grad(g, x, filters.shape(), window_of(attrs));
}

/// All three multiply each element of the result (or its cotangent) with one
/// filter of [c, p, q]. `Result` and `Filters` are positions among the inputs;
/// the result itself comes after them.
template <size_t Result, size_t Filters>
op_cost conv_cost(types_view in, types_view out, const attributes&) {
  auto& result = Result < in.size() ? in[Result] : out[0];
  auto& filters = in[Filters].shape();
  auto taps
    = elements_of(in[Filters])
      / (filters.rank() > 0 && filters[0] > 0 ? static_cast<double>(filters[0])
                                              : 1);
  return {2 * elements_of(result) * taps, bytes_of(in) + bytes_of(out)};
}

constexpr std::array rows{
  op{"conv2d", 2, 2, 1, rule<&conv_type>, kernel<&conv2d>, conv_cost<2, 1>,
     "Cross-correlation of images [n, c, h, w] with filters [o, c, p, q]; "
     "`stride`, zero `padding`."},
  op{"conv2d_input_grad", 3, 3, 1, rule<&input_grad_type>, kernel<&input_grad>,
     conv_cost<0, 1>,
     "Adjoint of conv2d in the images: of a cotangent and filters, with the "
     "shape of the third input."},
  op{"conv2d_weight_grad", 3, 3, 1, rule<&weight_grad_type>,
     kernel<&weight_grad>, conv_cost<0, 2>,
     "Adjoint of conv2d in the filters: of a cotangent and images, with the "
     "shape of the third input."},
};

} // namespace

rows_view conv_rows() noexcept {
  return rows;
}

} // namespace morph::ops
