#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/reduce.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

using axis_list = std::vector<int64_t>;
using reduction
  = result<tensor> (*)(const tensor&, const kernels::axis_set&, bool);
using search = result<tensor> (*)(const tensor&, size_t);

// Which element types a reduction is defined for.
enum class domain { numbers, reals, anything };

template <domain D>
result<port_type> reduced_type(const port_type& x, const attributes& attrs) {
  if ((D == domain::numbers && x.type() == boolean)
      || (D == domain::reals && !is_floating(x.type())))
    return fail(kernels::undefined_for(x.type()));
  auto axes
    = kernels::resolve_axes(attrs.get<axis_list>("axes"), x.shape().rank());
  if (!axes)
    return fail(std::move(axes.error()));
  return port_type{x.type(), kernels::reduced_shape(
                               x.shape(), *axes, attrs.get<bool>("keepdims"))};
}

template <reduction F>
result<tensor> reduce(const tensor& x, const attributes& attrs) {
  auto axes = kernels::resolve_axes(attrs.get<axis_list>("axes"), x.rank());
  if (!axes)
    return fail(std::move(axes.error()));
  return F(x, *axes, attrs.get<bool>("keepdims"));
}

result<port_type> position_type(const port_type& x, const attributes& attrs) {
  auto axis
    = kernels::resolve_axis(attrs.get<int64_t>("axis"), x.shape().rank());
  if (!axis)
    return fail(std::move(axis.error()));
  kernels::axis_set axes{};
  axes[*axis] = true;
  return port_type{i64, kernels::reduced_shape(x.shape(), axes, false)};
}

template <search F>
result<tensor> find(const tensor& x, const attributes& attrs) {
  auto axis = kernels::resolve_axis(attrs.get<int64_t>("axis"), x.rank());
  if (!axis)
    return fail(std::move(axis.error()));
  return F(x, *axis);
}

constexpr std::array rows{
  op{"sum", 1, 1, 1, rule<&reduced_type<domain::numbers>>,
     kernel<&reduce<kernels::sum>>, per_input<1>,
     "Sum over `axes` (empty: all); integers wrap around."},
  op{"mean", 1, 1, 1, rule<&reduced_type<domain::reals>>,
     kernel<&reduce<kernels::mean>>, per_input<1>,
     "Mean over `axes` (empty: all)."},
  op{"max", 1, 1, 1, rule<&reduced_type<domain::anything>>,
     kernel<&reduce<kernels::max>>, per_input<1>,
     "Largest element over `axes` (empty: all), NaN prevails."},
  op{"min", 1, 1, 1, rule<&reduced_type<domain::anything>>,
     kernel<&reduce<kernels::min>>, per_input<1>,
     "Smallest element over `axes` (empty: all), NaN prevails."},
  op{"argmax", 1, 1, 1, rule<&position_type>, kernel<&find<kernels::argmax>>,
     per_input<1>, "i64 position of the first largest element along `axis`."},
  op{"argmin", 1, 1, 1, rule<&position_type>, kernel<&find<kernels::argmin>>,
     per_input<1>, "i64 position of the first smallest element along `axis`."},
};

} // namespace

rows_view reduce_rows() noexcept {
  return rows;
}

} // namespace morph::ops
