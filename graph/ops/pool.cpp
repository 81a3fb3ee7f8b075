#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/pool.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/shapes.hpp>
#include <morph/graph/ops/table.hpp>

#include <algorithm>
#include <array>

namespace morph::ops {

namespace {

kernels::window window_of(const attributes& attrs) {
  auto size = attrs.get<int64_t>("kernel");
  return {size, size, attrs.get<int64_t>("stride"),
          attrs.get<int64_t>("padding")};
}

result<port_type> pool_type(const port_type& x, const attributes& attrs) {
  if (!is_floating(x.type()))
    return fail(kernels::undefined_for(x.type()));
  return kernels::pool_shape(x.shape(), window_of(attrs))
    .map([&](const shape& s) {
      return port_type{x.type(), s};
    });
}

/// Checks that `y` may stand where a tensor like `want` is expected.
result<void> check_like(const port_type& want, const port_type& y) {
  if (y.type() != want.type())
    return fail(kernels::mixed_types(want.type(), y.type()));
  return unified(want.shape(), y.shape(), "inputs").map([](const shape&) {});
}

result<port_type> max_grad_type(const port_type& x, const port_type& g,
                                const attributes& attrs) {
  auto pooled = pool_type(x, attrs);
  if (!pooled)
    return pooled;
  return check_like(*pooled, g).map([&] { return x; });
}

result<port_type> pick_type(const port_type& x, const port_type& t,
                            const attributes& attrs) {
  if (auto ok = check_like(x, t); !ok)
    return fail(std::move(ok.error()));
  return pool_type(x, attrs);
}

result<port_type> avg_grad_type(const port_type& g, const port_type& x,
                                const attributes& attrs) {
  return max_grad_type({g.type(), x.shape()}, g, attrs);
}

template <result<tensor> (*F)(const tensor&, const kernels::window&)>
result<tensor> one(const tensor& x, const attributes& attrs) {
  return F(x, window_of(attrs));
}

template <result<tensor> (*F)(const tensor&, const tensor&,
                              const kernels::window&)>
result<tensor> two(const tensor& x, const tensor& y, const attributes& attrs) {
  return F(x, y, window_of(attrs));
}

result<tensor> avg_grad(const tensor& g, const tensor& x,
                        const attributes& attrs) {
  return kernels::avg_pool2d_grad(g, x.shape(), window_of(attrs));
}

/// One operation for each element of a window at each position.
op_cost pool_cost(types_view in, types_view out, const attributes& attrs) {
  auto size = static_cast<double>(attrs.get_or("kernel", int64_t{1}));
  auto stride = static_cast<double>(attrs.get_or("stride", int64_t{1}));
  auto overlap = size / stride;
  double largest = 0;
  for (auto& x : in)
    largest = std::max(largest, elements_of(x));
  return {largest * overlap * overlap, bytes_of(in) + bytes_of(out)};
}

constexpr std::array rows{
  op{"max_pool2d", 1, 1, 1, rule<&pool_type>, kernel<&one<kernels::max_pool2d>>,
     pool_cost,
     "Largest element of each `kernel` by `kernel` window of images; `stride`, "
     "`padding`."},
  op{"max_pool2d_grad", 2, 2, 1, rule<&max_grad_type>,
     kernel<&two<kernels::max_pool2d_grad>>, pool_cost,
     "The second input added up at the positions of the maxima of the first."},
  op{"max_pool2d_pick", 2, 2, 1, rule<&pick_type>,
     kernel<&two<kernels::max_pool2d_pick>>, pool_cost,
     "The second input at the positions of the maxima of the first."},
  op{"avg_pool2d", 1, 1, 1, rule<&pool_type>, kernel<&one<kernels::avg_pool2d>>,
     pool_cost,
     "Mean of each `kernel` by `kernel` window of images, padding included."},
  op{"avg_pool2d_grad", 2, 2, 1, rule<&avg_grad_type>, kernel<&avg_grad>,
     pool_cost,
     "Adjoint of avg_pool2d: of a cotangent, with the shape of the second "
     "input."},
};

} // namespace

rows_view pool_rows() noexcept {
  return rows;
}

} // namespace morph::ops
