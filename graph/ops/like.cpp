// Rows whose result takes its shape from a reference input at run time.
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/layout.hpp>
#include <morph/graph/kernels/reduce.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/shapes.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>
#include <limits>

namespace morph::ops {

namespace {

using int_list = std::vector<int64_t>;

tl::unexpected<error> no_broadcast(const shape& from, const shape& to) {
  return fail(errc::shape_mismatch, "shape " + to_string(from)
                                      + " does not broadcast to "
                                      + to_string(to));
}

result<port_type> sum_to_type(const port_type& x, const port_type& ref) {
  if (!kernels::broadcasts_to(ref.shape(), x.shape()))
    return no_broadcast(ref.shape(), x.shape());
  if (x.type() == boolean)
    return fail(kernels::undefined_for(boolean));
  return port_type{x.type(), ref.shape()};
}

result<tensor> sum_to_like(const tensor& x, const tensor& ref) {
  if (x.shape() == ref.shape())
    return x;
  if (!kernels::broadcasts_to(ref.shape(), x.shape()))
    return no_broadcast(ref.shape(), x.shape());
  auto axes = kernels::repeated_axes(ref.shape(), x.shape());
  return kernels::sum(x, axes, ref.shape());
}

result<port_type> broadcast_type(const port_type& x, const port_type& ref) {
  if (!kernels::broadcasts_to(x.shape(), ref.shape()))
    return no_broadcast(x.shape(), ref.shape());
  return port_type{x.type(), ref.shape()};
}

result<tensor> broadcast_like(const tensor& x, const tensor& ref) {
  if (!kernels::broadcasts_to(x.shape(), ref.shape()))
    return no_broadcast(x.shape(), ref.shape());
  return kernels::broadcast(x, ref.shape());
}

/// The axes that a reduction of `ref` folds, if `x` may be its result.
result<kernels::axis_set> reduced_axes(const shape& x, const shape& ref,
                                       const attributes& attrs) {
  auto axes = kernels::resolve_axes(attrs.get<int_list>("axes"), ref.rank());
  if (!axes)
    return axes;
  auto s = kernels::reduced_shape(ref, *axes, attrs.get<bool>("keepdims"));
  if (!compatible(x, s))
    return fail(errc::shape_mismatch, "reducing " + to_string(ref) + " gives "
                                        + to_string(s) + ", not "
                                        + to_string(x));
  return axes;
}

result<port_type> expand_type(const port_type& x, const port_type& ref,
                              const attributes& attrs) {
  return reduced_axes(x.shape(), ref.shape(), attrs).map([&](const auto&) {
    return port_type{x.type(), ref.shape()};
  });
}

result<tensor> expand_like(const tensor& x, const tensor& ref,
                           const attributes& attrs) {
  auto axes = reduced_axes(x.shape(), ref.shape(), attrs);
  if (!axes)
    return fail(std::move(axes.error()));
  auto kept = kernels::reduced_shape(ref.shape(), *axes, true);
  return kernels::read_strided(x, ref.shape(),
                               kernels::broadcast_strides(kept, ref.shape()));
}

result<port_type> reshape_type(const port_type& x, const port_type& ref) {
  auto have = element_count(x.shape());
  auto want = element_count(ref.shape());
  if (!have || !want)
    return fail(have ? want.error() : have.error());
  if (*have != dyn && *want != dyn && *have != *want)
    return fail(errc::shape_mismatch, "cannot reshape " + to_string(x.shape())
                                        + " to " + to_string(ref.shape())
                                        + ": the numbers of elements differ");
  return port_type{x.type(), ref.shape()};
}

result<tensor> reshape_like(const tensor& x, const tensor& ref) {
  if (x.shape() == ref.shape())
    return x;
  return reshape_type(type_of(x), type_of(ref)).map([&](const auto&) {
    return x.reshaped(ref.shape());
  });
}

result<port_type> full_type(const port_type& ref, const attributes& attrs) {
  attrs.get<double>("value");
  return ref;
}

result<tensor> full_like(const tensor& ref, const attributes& attrs) {
  return tensor::full(ref.type(), ref.shape(), attrs.get<double>("value"));
}

result<port_type> count_type(const port_type& ref, const attributes& attrs) {
  return kernels::resolve_axes(attrs.get<int_list>("axes"), ref.shape().rank())
    .map([&](const auto&) {
      return port_type{ref.type(), {}};
    });
}

result<tensor> reduced_count(const tensor& ref, const attributes& attrs) {
  return kernels::resolve_axes(attrs.get<int_list>("axes"), ref.rank())
    .map([&](const kernels::axis_set& axes) {
      return tensor::full(
        ref.type(), {},
        static_cast<double>(kernels::folded_count(ref.shape(), axes)));
    });
}

/// Where a slice of `ref` with these starts and steps reads the elements `x`.
result<kernels::slice_ranges> pad_ranges(const shape& x, const shape& ref,
                                         const attributes& attrs) {
  auto& starts = attrs.get<int_list>("starts");
  int_list stops(starts.size(), std::numeric_limits<int64_t>::max());
  auto ranges
    = kernels::resolve_slice(ref, starts, stops, attrs.get<int_list>("steps"));
  if (!ranges)
    return ranges;
  for (size_t d = 0; d < ref.rank(); ++d) {
    auto& r = (*ranges)[d];
    if (x.rank() != ref.rank()
        || (x[d] != dyn && r.count != dyn && x[d] > r.count))
      return fail(errc::shape_mismatch,
                  "a slice of " + to_string(ref)
                    + " with these starts and steps has no shape "
                    + to_string(x));
    r.count = x[d];
  }
  return ranges;
}

result<port_type> pad_type(const port_type& x, const port_type& ref,
                           const attributes& attrs) {
  return pad_ranges(x.shape(), ref.shape(), attrs).map([&](const auto&) {
    return port_type{x.type(), ref.shape()};
  });
}

result<tensor> pad_like(const tensor& x, const tensor& ref,
                        const attributes& attrs) {
  return pad_ranges(x.shape(), ref.shape(), attrs).map([&](const auto& ranges) {
    return kernels::unslice(x, ref.shape(), ranges);
  });
}

/// Where part `index` of the inputs after the first lies in the first.
result<kernels::slice_ranges> part_range(types_view in,
                                         const attributes& attrs) {
  auto& g = in[0].shape();
  auto parts = in.subspan(1);
  auto axis = kernels::resolve_axis(attrs.get<int64_t>("axis"), g.rank());
  if (!axis)
    return fail(std::move(axis.error()));
  auto index = attrs.get<int64_t>("index");
  if (index < 0 || index >= static_cast<int64_t>(parts.size()))
    return fail(errc::invalid_attribute,
                "there is no part " + std::to_string(index));
  kernels::slice_ranges out;
  for (size_t d = 0; d < g.rank(); ++d)
    out[d].count = g[d];
  int64_t begin = 0;
  for (size_t i = 0; i <= static_cast<size_t>(index); ++i) {
    auto rest = parts[i].shape();
    if (rest.rank() == g.rank())
      rest[*axis] = g[*axis];
    if (auto s = unified(g, rest, "but for the axis, parts"); !s)
      return fail(std::move(s.error()));
    out[*axis].start = begin;
    out[*axis].count = parts[i].shape()[*axis];
    begin = begin == dyn || out[*axis].count == dyn ? dyn
                                                    : begin + out[*axis].count;
  }
  if (begin != dyn && g[*axis] != dyn && begin > g[*axis])
    return fail(errc::shape_mismatch, "the parts are longer than "
                                        + to_string(g) + " along axis "
                                        + std::to_string(*axis));
  return out;
}

result<port_type> part_type(types_view in, const attributes& attrs) {
  return part_range(in, attrs).map([&](const auto&) {
    auto index = static_cast<size_t>(attrs.get<int64_t>("index"));
    return port_type{in[0].type(), in[index + 1].shape()};
  });
}

result<tensor> concat_part(std::span<const value> in, const attributes& attrs) {
  std::vector<port_type> types;
  for (auto& x : in)
    types.push_back(type_of(x));
  return part_range(types, attrs).map([&](const auto& ranges) {
    return kernels::slice(as_tensor(in[0]), ranges);
  });
}

constexpr std::array rows{
  op{"sum_to_like", 2, 2, 1, rule<&sum_to_type>, kernel<&sum_to_like>,
     per_input<1>,
     "x summed over the axes along which the shape of the second input was "
     "repeated."},
  op{"broadcast_like", 2, 2, 1, rule<&broadcast_type>, kernel<&broadcast_like>,
     moves, "x repeated to the shape of the second."},
  op{"expand_like", 2, 2, 1, rule<&expand_type>, kernel<&expand_like>, moves,
     "x repeated along the `axes` over which the second input would be "
     "reduced."},
  op{"reshape_like", 2, 2, 1, rule<&reshape_type>, kernel<&reshape_like>,
     nothing, "x under the shape of the second input."},
  op{"full_like", 1, 1, 1, rule<&full_type>, kernel<&full_like>, moves,
     "All elements `value`, with shape and element type of the input."},
  op{"reduced_count", 1, 1, 1, rule<&count_type>, kernel<&reduced_count>,
     nothing, "Number of elements that a reduction over `axes` folds."},
  op{"pad_like", 2, 2, 1, rule<&pad_type>, kernel<&pad_like>, moves,
     "x where a slice of the second input from `starts` by `steps` reads, "
     "else 0."},
  op{"concat_part", 2, any_number, 1, variadic_rule<&part_type>,
     variadic_kernel<&concat_part>, moves,
     "The part of the first input that came from part `index` of a concat of "
     "the others along `axis`."},
};

} // namespace

rows_view like_rows() noexcept {
  return rows;
}

} // namespace morph::ops
