#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/table.hpp>
#include <morph/graph/random.hpp>

#include <array>

namespace morph::ops {

namespace {

result<port_type> random_type(const port_type& ref, const port_type& step,
                              const attributes& attrs) {
  attrs.get<int64_t>("seed");
  if (!is_floating(ref.type()))
    return fail(kernels::undefined_for(ref.type()));
  if (step.type() != i64)
    return fail(kernels::mixed_types(step.type(), i64));
  if (step.shape().rank() != 0)
    return fail(errc::shape_mismatch,
                "the step is one number, not a tensor of shape "
                  + to_string(step.shape()));
  return ref;
}

template <tensor (*F)(dtype, const shape&, uint64_t, uint64_t)>
result<tensor> draw(const tensor& ref, const tensor& step,
                    const attributes& attrs) {
  auto type = random_type(type_of(ref), type_of(step), attrs);
  if (!type)
    return fail(std::move(type.error()));
  return F(ref.type(), ref.shape(),
           static_cast<uint64_t>(attrs.get<int64_t>("seed")),
           static_cast<uint64_t>(*step.data<int64_t>()));
}

constexpr std::array rows{
  op{"random_uniform", 2, 2, 1, rule<&random_type>,
     kernel<&draw<morph::random_uniform>>, per_result<10>,
     "Numbers in [0, 1) with the shape of the first input, drawn by `seed` and "
     "step."},
  op{"random_normal", 2, 2, 1, rule<&random_type>,
     kernel<&draw<morph::random_normal>>, per_result<40>,
     "Standard normal numbers with the shape of the first input, drawn by "
     "`seed` and step."},
};

} // namespace

rows_view random_rows() noexcept {
  return rows;
}

} // namespace morph::ops
