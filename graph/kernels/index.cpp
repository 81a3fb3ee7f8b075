#include <morph/graph/kernels/index.hpp>

#include <type_traits>

namespace morph::kernels {

namespace {

/// Calls `f(position, index)` for each index in order; stops at the first one
/// outside 0 .. extent - 1.
template <class F>
result<void> for_each_index(const tensor& indices, int64_t extent,
                            std::string_view axis, F f) {
  auto run = [&]<class T>(const T* xs) -> result<void> {
    for (int64_t i = 0, n = indices.elements(); i < n; ++i) {
      if (xs[i] < 0 || xs[i] >= extent)
        return fail(errc::index_out_of_range,
                    "index " + std::to_string(xs[i]) + " at position "
                      + std::to_string(i) + " is outside of "
                      + std::string{axis} + ", which has extent "
                      + std::to_string(extent));
      f(i, static_cast<int64_t>(xs[i]));
    }
    return {};
  };
  return indices.type() == i32 ? run(indices.data<int32_t>())
                               : run(indices.data<int64_t>());
}

/// A tensor as a batch of lines along one axis.
struct lines {
  int64_t outer = 1;
  int64_t extent;
  int64_t inner = 1;

  lines(const shape& s, size_t axis) : extent(s[axis]) {
    for (size_t d = 0; d < axis; ++d)
      outer *= s[d];
    for (size_t d = axis + 1; d < s.rank(); ++d)
      inner *= s[d];
  }
};

std::string axis_name(size_t axis) {
  return "axis " + std::to_string(axis);
}

} // namespace

shape gathered_shape(const shape& s, const shape& indices, size_t axis) {
  shape out;
  for (size_t d = 0; d < axis; ++d)
    out.push_back(s[d]);
  for (auto extent : indices)
    out.push_back(extent);
  for (size_t d = axis + 1; d < s.rank(); ++d)
    out.push_back(s[d]);
  return out;
}

result<tensor> gather(const tensor& x, const tensor& indices, size_t axis) {
  auto out = tensor::uninitialised(
    x.type(), gathered_shape(x.shape(), indices.shape(), axis));
  lines from{x.shape(), axis};
  auto count = indices.elements();
  auto width = static_cast<size_t>(from.inner) * size_of(x.type());
  auto stride_in = static_cast<size_t>(from.extent) * width;
  auto stride_out = static_cast<size_t>(count) * width;
  auto ok = for_each_index(
    indices, from.extent, axis_name(axis), [&](int64_t i, int64_t index) {
      auto* source = x.raw().data() + static_cast<size_t>(index) * width;
      auto* target = out.mutable_bytes() + static_cast<size_t>(i) * width;
      for (int64_t k = 0; width > 0 && k < from.outer; ++k) {
        std::memcpy(target, source, width);
        source += stride_in;
        target += stride_out;
      }
    });
  if (!ok)
    return fail(std::move(ok.error()));
  return out;
}

result<tensor> scatter_add(const tensor& base, const tensor& indices,
                           const tensor& updates, size_t axis) {
  auto out = tensor::uninitialised(base.type(), base.shape());
  if (base.size_bytes() > 0)
    std::memcpy(out.mutable_bytes(), base.raw().data(), base.size_bytes());
  lines to{base.shape(), axis};
  auto count = indices.elements();
  auto ok = visit_dtype(base.type(), [&](auto zero) {
    using type = decltype(zero);
    return for_each_index(
      indices, to.extent, axis_name(axis), [&](int64_t i, int64_t index) {
        for (int64_t k = 0; k < to.outer; ++k) {
          auto* z
            = out.mutable_data<type>() + (k * to.extent + index) * to.inner;
          auto* g = updates.data<type>() + (k * count + i) * to.inner;
          for (int64_t j = 0; j < to.inner; ++j)
            if constexpr (std::is_floating_point_v<type>)
              z[j] += g[j];
            else
              z[j] = static_cast<type>(static_cast<uint64_t>(z[j])
                                       + static_cast<uint64_t>(g[j]));
        }
      });
  });
  if (!ok)
    return fail(std::move(ok.error()));
  return out;
}

result<tensor> one_hot(const tensor& indices, int64_t depth, dtype t) {
  auto s = indices.shape();
  s.push_back(depth);
  auto out = tensor::zeros(t, s);
  auto ok = visit_dtype(t, [&](auto zero) {
    auto* to = out.mutable_data<decltype(zero)>();
    return for_each_index(indices, depth, "the classes",
                          [&](int64_t i, int64_t index) {
                            to[i * depth + index] = decltype(zero)(1);
                          });
  });
  if (!ok)
    return fail(std::move(ok.error()));
  return out;
}

} // namespace morph::kernels
