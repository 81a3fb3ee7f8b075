#include <morph/graph/kernels/layout.hpp>

#include <algorithm>

namespace morph::kernels {

namespace {

/// Calls `f` with an unsigned number as wide as an element.
template <class F>
void visit_width(dtype t, F f) {
  switch (size_of(t)) {
    case 1:
      return f(uint8_t{});
    case 4:
      return f(uint32_t{});
    default:
      return f(uint64_t{});
  }
}

template <class T>
const T* as(const tensor& x) {
  return reinterpret_cast<const T*>(x.raw().data());
}

template <class T>
T* as(tensor& x) {
  return reinterpret_cast<T*>(x.mutable_bytes());
}

int64_t offset_of(const slice_ranges& ranges, const stride_list& dense,
                  size_t rank) {
  int64_t out = 0;
  for (size_t d = 0; d < rank; ++d)
    out += ranges[d].start * dense[d];
  return out;
}

stride_list strides_of(const slice_ranges& ranges, const stride_list& dense,
                       size_t rank) {
  stride_list out{};
  for (size_t d = 0; d < rank; ++d)
    out[d] = ranges[d].step * dense[d];
  return out;
}

/// Swaps the two axes of each matrix of a batch in square tiles, so that both
/// sides stay in the cache.
template <class T>
void transpose_tiles(const T* from, T* to, int64_t rows, int64_t columns) {
  constexpr int64_t tile = 16;
  for (int64_t i = 0; i < rows; i += tile)
    for (int64_t j = 0; j < columns; j += tile)
      for (auto k = i, k_end = std::min(rows, i + tile); k < k_end; ++k)
        for (auto l = j, l_end = std::min(columns, j + tile); l < l_end; ++l)
          to[k * columns + l] = from[l * rows + k];
}

} // namespace

tensor read_strided(const tensor& x, const shape& s, const stride_list& strides,
                    int64_t offset) {
  auto out = tensor::uninitialised(x.type(), s);
  walk<1> w{s, {strides}};
  auto step = w.step(0);
  visit_width(x.type(), [&](auto zero) {
    using type = decltype(zero);
    auto* from = as<type>(x) + offset;
    auto* to = as<type>(out);
    w.for_each_row([&](int64_t row, auto& at, int64_t n) {
      auto* line = from + at[0];
      if (step == 1)
        std::copy_n(line, n, to + row);
      else if (step == 0)
        std::fill_n(to + row, n, *line);
      else
        for (int64_t i = 0; i < n; ++i)
          to[row + i] = line[i * step];
    });
  });
  return out;
}

result<slice_ranges> resolve_slice(const shape& s,
                                   std::span<const int64_t> starts,
                                   std::span<const int64_t> stops,
                                   std::span<const int64_t> steps) {
  if (starts.size() != stops.size()
      || (!steps.empty() && steps.size() != starts.size())
      || starts.size() > s.rank())
    return fail(errc::invalid_attribute,
                "starts, stops and steps need one entry for each of at most "
                  + std::to_string(s.rank()) + " axes");
  slice_ranges out;
  for (size_t d = 0; d < s.rank(); ++d) {
    auto& x = out[d];
    if (d >= starts.size()) {
      x.count = s[d];
      continue;
    }
    x.step = steps.empty() ? 1 : steps[d];
    if (x.step < 1)
      return fail(errc::invalid_attribute,
                  "a step is at least 1, not " + std::to_string(x.step));
    if (s[d] == dyn) {
      x.count = dyn;
      continue;
    }
    auto clamp = [n = s[d]](int64_t at) {
      return std::clamp<int64_t>(at < 0 ? at + n : at, 0, n);
    };
    x.start = clamp(starts[d]);
    auto length = clamp(stops[d]) - x.start;
    x.count = length > 0 ? (length - 1) / x.step + 1 : 0;
    // A single element never steps; this keeps products in range.
    if (x.count <= 1)
      x.step = 1;
  }
  return out;
}

tensor transpose(const tensor& x, std::span<const size_t> perm) {
  auto dense = dense_strides(x.shape());
  shape s;
  stride_list strides{};
  for (size_t d = 0; d < perm.size(); ++d) {
    s.push_back(x.shape()[perm[d]]);
    strides[d] = dense[perm[d]];
  }
  walk<1> w{s, {strides}};
  auto last = w.rank - 1;
  if (w.rank < 2 || w.strides[0][last - 1] != 1
      || w.strides[0][last] != w.extents[last - 1])
    return read_strided(x, s, strides, 0);
  // The last two axes of the result swap those of `x`.
  auto out = tensor::uninitialised(x.type(), s);
  auto rows = w.extents[last - 1];
  auto columns = w.extents[last];
  visit_width(x.type(), [&](auto zero) {
    using type = decltype(zero);
    w.for_each_row([&](int64_t row, auto& at, int64_t) {
      if (row / columns % rows == 0)
        transpose_tiles(as<type>(x) + at[0], as<type>(out) + row, rows,
                        columns);
    });
  });
  return out;
}

tensor broadcast(const tensor& x, const shape& s) {
  if (x.shape() == s)
    return x;
  return read_strided(x, s, broadcast_strides(x.shape(), s), 0);
}

tensor slice(const tensor& x, const slice_ranges& ranges) {
  auto rank = x.rank();
  auto dense = dense_strides(x.shape());
  shape s;
  for (size_t d = 0; d < rank; ++d)
    s.push_back(ranges[d].count);
  return read_strided(x, s, strides_of(ranges, dense, rank),
                      offset_of(ranges, dense, rank));
}

tensor unslice(const tensor& x, const shape& s, const slice_ranges& ranges) {
  auto out = tensor::zeros(x.type(), s);
  auto dense = dense_strides(s);
  walk<1> w{x.shape(), {strides_of(ranges, dense, s.rank())}};
  auto step = w.step(0);
  visit_width(x.type(), [&](auto zero) {
    using type = decltype(zero);
    auto* to = as<type>(out) + offset_of(ranges, dense, s.rank());
    w.for_each_row([&](int64_t row, auto& at, int64_t n) {
      for (int64_t i = 0; i < n; ++i)
        to[at[0] + i * step] = as<type>(x)[row + i];
    });
  });
  return out;
}

tensor concat(std::span<const value> xs, size_t axis) {
  auto s = as_tensor(xs[0]).shape();
  s[axis] = 0;
  for (auto& x : xs)
    s[axis] += as_tensor(x).shape()[axis];
  auto out = tensor::uninitialised(as_tensor(xs[0]).type(), s);
  int64_t blocks = 1;
  for (size_t d = 0; d < axis; ++d)
    blocks *= s[d];
  auto* to = out.mutable_bytes();
  for (int64_t i = 0; i < blocks; ++i)
    for (auto& x : xs) {
      auto from = as_tensor(x).raw();
      auto n = from.size() / static_cast<size_t>(blocks);
      if (n > 0)
        std::memcpy(to, from.data() + static_cast<size_t>(i) * n, n);
      to += n;
    }
  return out;
}

tensor triangle(const tensor& x, int64_t k, bool upper) {
  auto out = tensor::zeros(x.type(), x.shape());
  auto columns = x.shape()[x.rank() - 1];
  auto rows = x.shape()[x.rank() - 2];
  if (x.elements() == 0)
    return out;
  // Far diagonals keep all or nothing; near ones cannot overflow below.
  k = std::clamp(k, -rows - 1, columns + 1);
  auto width = size_of(x.type());
  for (int64_t i = 0, n = x.elements() / columns; i < n; ++i) {
    auto edge = i % rows + k;
    auto first = upper ? std::clamp<int64_t>(edge, 0, columns) : 0;
    auto last = upper ? columns : std::clamp<int64_t>(edge + 1, 0, columns);
    auto at = static_cast<size_t>(i * columns + first) * width;
    std::memcpy(out.mutable_bytes() + at, x.raw().data() + at,
                static_cast<size_t>(last - first) * width);
  }
  return out;
}

} // namespace morph::kernels
