// Rows that move elements and change none.
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/layout.hpp>
#include <morph/graph/kernels/reduce.hpp>
#include <morph/graph/ops/row.hpp>
#include <morph/graph/ops/shapes.hpp>
#include <morph/graph/ops/table.hpp>

#include <array>

namespace morph::ops {

namespace {

using int_list = std::vector<int64_t>;

result<shape> reshape_shape(const shape& x, const attributes& attrs) {
  return reshaped(x, shape{attrs.get<int_list>("shape")});
}

result<tensor> reshape(const tensor& x, const attributes& attrs) {
  return reshape_shape(x.shape(), attrs).map([&](const shape& s) {
    return x.shape() == s ? x : x.reshaped(s);
  });
}

using permutation = std::array<size_t, shape::max_rank>;

result<permutation> resolve_permutation(size_t rank, const attributes& attrs) {
  auto& perm = attrs.get<int_list>("perm");
  permutation out{};
  if (perm.empty()) {
    for (size_t d = 0; d < rank; ++d)
      out[d] = rank - 1 - d;
    return out;
  }
  auto axes = kernels::resolve_axes(perm, rank);
  if (!axes)
    return fail(std::move(axes.error()));
  if (perm.size() != rank)
    return fail(errc::invalid_attribute,
                "perm has " + std::to_string(perm.size())
                  + " entries for a tensor of rank " + std::to_string(rank));
  for (size_t d = 0; d < rank; ++d)
    out[d] = *kernels::resolve_axis(perm[d], rank);
  return out;
}

result<shape> transpose_shape(const shape& x, const attributes& attrs) {
  return resolve_permutation(x.rank(), attrs).map([&](const permutation& p) {
    shape out;
    for (size_t d = 0; d < x.rank(); ++d)
      out.push_back(x[p[d]]);
    return out;
  });
}

result<tensor> transpose(const tensor& x, const attributes& attrs) {
  return resolve_permutation(x.rank(), attrs).map([&](const permutation& p) {
    return kernels::transpose(x, std::span{p}.first(x.rank()));
  });
}

result<shape> broadcast_shape(const shape& x, const attributes& attrs) {
  shape out{attrs.get<int_list>("shape")};
  auto ok = kernels::broadcasts_to(x, out);
  if (ok) {
    auto lead = out.rank() - x.rank();
    for (size_t d = 0; d < out.rank(); ++d) {
      ok = ok && (d >= lead || out[d] != dyn);
      if (d >= lead && out[d] == dyn)
        out[d] = x[d - lead];
    }
  }
  if (!ok)
    return fail(errc::shape_mismatch,
                "shape " + to_string(x) + " does not broadcast to "
                  + to_string(shape{attrs.get<int_list>("shape")}));
  return out;
}

result<tensor> broadcast_to(const tensor& x, const attributes& attrs) {
  return broadcast_shape(x.shape(), attrs).map([&](const shape& s) {
    return kernels::broadcast(x, s);
  });
}

result<kernels::slice_ranges> slice_ranges(const shape& x,
                                           const attributes& attrs) {
  return kernels::resolve_slice(x, attrs.get<int_list>("starts"),
                                attrs.get<int_list>("stops"),
                                attrs.get<int_list>("steps"));
}

result<shape> slice_shape(const shape& x, const attributes& attrs) {
  return slice_ranges(x, attrs).map([&](const kernels::slice_ranges& ranges) {
    shape out;
    for (size_t d = 0; d < x.rank(); ++d)
      out.push_back(ranges[d].count);
    return out;
  });
}

result<tensor> slice(const tensor& x, const attributes& attrs) {
  return slice_ranges(x.shape(), attrs).map([&](const auto& ranges) {
    return kernels::slice(x, ranges);
  });
}

result<port_type> concat_type(types_view in, const attributes& attrs) {
  auto axis
    = kernels::resolve_axis(attrs.get<int64_t>("axis"), in[0].shape().rank());
  if (!axis)
    return fail(std::move(axis.error()));
  auto out = in[0].shape();
  auto total = out[*axis];
  for (auto& x : in.subspan(1)) {
    if (x.type() != in[0].type())
      return fail(kernels::mixed_types(in[0].type(), x.type()));
    auto rest = x.shape();
    if (rest.rank() == out.rank())
      rest[*axis] = out[*axis];
    auto s = unified(out, rest, "but for the axis, parts");
    if (!s)
      return fail(std::move(s.error()));
    out = *s;
    auto extent = x.shape()[*axis];
    total = total == dyn || extent == dyn ? dyn : total + extent;
  }
  out[*axis] = total;
  return port_type{in[0].type(), out};
}

result<tensor> concat(std::span<const value> in, const attributes& attrs) {
  std::vector<port_type> types;
  for (auto& x : in)
    types.push_back(type_of(x));
  auto type = concat_type(types, attrs);
  if (!type)
    return fail(std::move(type.error()));
  return kernels::concat(in, *kernels::resolve_axis(attrs.get<int64_t>("axis"),
                                                    type->shape().rank()));
}

result<shape> triangle_shape(const shape& x, const attributes& attrs) {
  attrs.get<int64_t>("k");
  if (x.rank() < 2)
    return fail(errc::shape_mismatch,
                "needs a matrix, not shape " + to_string(x));
  return x;
}

template <bool Upper>
result<tensor> triangle(const tensor& x, const attributes& attrs) {
  return triangle_shape(x.shape(), attrs).map([&](const shape&) {
    return kernels::triangle(x, attrs.get<int64_t>("k"), Upper);
  });
}

/// Shape rules that keep the element type.
template <result<shape> (*F)(const shape&, const attributes&)>
result<port_type> keep_type(const port_type& x, const attributes& attrs) {
  return F(x.shape(), attrs).map([&](const shape& s) {
    return port_type{x.type(), s};
  });
}

constexpr std::array rows{
  op{"reshape", 1, 1, 1, rule<&keep_type<reshape_shape>>, kernel<&reshape>,
     nothing, "The same elements under `shape`; -1 stands for what is left."},
  op{"transpose", 1, 1, 1, rule<&keep_type<transpose_shape>>,
     kernel<&transpose>, moves,
     "Axis i of the result is axis `perm`[i]; empty: axes in reverse."},
  op{"broadcast_to", 1, 1, 1, rule<&keep_type<broadcast_shape>>,
     kernel<&broadcast_to>, moves,
     "x repeated to `shape`; -1 keeps an extent."},
  op{"concat", 1, any_number, 1, variadic_rule<&concat_type>,
     variadic_kernel<&concat>, moves, "The inputs joined along `axis`."},
  op{"slice", 1, 1, 1, rule<&keep_type<slice_shape>>, kernel<&slice>, moves,
     "Every `steps`-th element from `starts` to before `stops`, by axis."},
  op{"tril", 1, 1, 1, rule<&keep_type<triangle_shape>>,
     kernel<&triangle<false>>, moves,
     "Matrices with zeros where column - row > `k`."},
  op{"triu", 1, 1, 1, rule<&keep_type<triangle_shape>>, kernel<&triangle<true>>,
     moves, "Matrices with zeros where column - row < `k`."},
};

} // namespace

rows_view shape_rows() noexcept {
  return rows;
}

} // namespace morph::ops
