#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/reduce.hpp>
#include <morph/graph/kernels/softmax.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

result<port_type> softmax_type(const port_type& x, const attributes& attrs) {
  if (!is_floating(x.type()))
    return fail(kernels::undefined_for(x.type()));
  return kernels::resolve_axis(attrs.get<int64_t>("axis"), x.shape().rank())
    .map([&](size_t) { return x; });
}

template <result<tensor> (*F)(const tensor&, size_t)>
result<tensor> along_axis(const tensor& x, const attributes& attrs) {
  auto axis = kernels::resolve_axis(attrs.get<int64_t>("axis"), x.rank());
  if (!axis)
    return fail(std::move(axis.error()));
  return F(x, *axis);
}

constexpr std::array rows{
  op{"softmax", 1, 1, 1, rule<&softmax_type>,
     kernel<&along_axis<kernels::softmax>>, per_result<20>,
     "exp(x) / sum(exp(x)) along `axis`."},
  op{"log_softmax", 1, 1, 1, rule<&softmax_type>,
     kernel<&along_axis<kernels::log_softmax>>, per_result<20>,
     "Logarithm of softmax along `axis`."},
};

} // namespace

rows_view softmax_rows() noexcept {
  return rows;
}

} // namespace morph::ops
