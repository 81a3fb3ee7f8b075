// Rows that read positions from an input.
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/index.hpp>
#include <morph/graph/kernels/reduce.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/shapes.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

result<void> check_index(dtype t) {
  if (kernels::is_index(t))
    return {};
  return fail(errc::dtype_mismatch,
              "indices are i32 or i64, not " + std::string{to_string(t)});
}

result<shape> gather_shape(const shape& x, const shape& indices, dtype index,
                           const attributes& attrs) {
  if (auto ok = check_index(index); !ok)
    return fail(std::move(ok.error()));
  return kernels::resolve_axis(attrs.get<int64_t>("axis"), x.rank())
    .map(
      [&](size_t axis) { return kernels::gathered_shape(x, indices, axis); });
}

result<port_type> gather_type(const port_type& x, const port_type& indices,
                              const attributes& attrs) {
  return gather_shape(x.shape(), indices.shape(), indices.type(), attrs)
    .map([&](const shape& s) {
      return port_type{x.type(), s};
    });
}

result<tensor> gather(const tensor& x, const tensor& indices,
                      const attributes& attrs) {
  auto s = gather_shape(x.shape(), indices.shape(), indices.type(), attrs);
  if (!s)
    return fail(std::move(s.error()));
  return kernels::gather(
    x, indices, *kernels::resolve_axis(attrs.get<int64_t>("axis"), x.rank()));
}

result<port_type> scatter_type(const port_type& base, const port_type& indices,
                               const port_type& updates,
                               const attributes& attrs) {
  if (base.type() != updates.type())
    return fail(kernels::mixed_types(base.type(), updates.type()));
  if (base.type() == boolean)
    return fail(kernels::undefined_for(boolean));
  auto s = gather_shape(base.shape(), indices.shape(), indices.type(), attrs);
  if (!s)
    return fail(std::move(s.error()));
  if (!compatible(*s, updates.shape()))
    return fail(errc::shape_mismatch, "updates need shape " + to_string(*s)
                                        + ", not "
                                        + to_string(updates.shape()));
  return base;
}

result<tensor> scatter_add(const tensor& base, const tensor& indices,
                           const tensor& updates, const attributes& attrs) {
  auto type
    = scatter_type(type_of(base), type_of(indices), type_of(updates), attrs);
  if (!type)
    return fail(std::move(type.error()));
  return kernels::scatter_add(base, indices, updates,
                              *kernels::resolve_axis(attrs.get<int64_t>("axis"),
                                                     base.rank()));
}

result<port_type> one_hot_type(const port_type& indices,
                               const attributes& attrs) {
  if (auto ok = check_index(indices.type()); !ok)
    return fail(std::move(ok.error()));
  auto depth = attrs.get<int64_t>("depth");
  if (depth < 0)
    return fail(errc::invalid_attribute,
                "depth is at least 0, not " + std::to_string(depth));
  auto s = indices.shape();
  s.push_back(depth);
  return port_type{attrs.get<dtype>("dtype"), s};
}

result<tensor> one_hot(const tensor& indices, const attributes& attrs) {
  auto type = one_hot_type(type_of(indices), attrs);
  if (!type)
    return fail(std::move(type.error()));
  return kernels::one_hot(indices, attrs.get<int64_t>("depth"), type->type());
}

constexpr std::array rows{
  op{"gather", 2, 2, 1, rule<&gather_type>, kernel<&gather>, moves,
     "x at the positions along `axis` that the second input lists."},
  op{"scatter_add", 3, 3, 1, rule<&scatter_type>, kernel<&scatter_add>,
     per_result<1>,
     "The first input plus the third at the positions along `axis` that the "
     "second lists."},
  op{"one_hot", 1, 1, 1, rule<&one_hot_type>, kernel<&one_hot>, moves,
     "1 at the index, else 0, along a new last axis of extent `depth`."},
};

} // namespace

rows_view index_rows() noexcept {
  return rows;
}

} // namespace morph::ops
