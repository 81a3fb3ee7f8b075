// Kernels that move elements and know nothing of them but their size.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/kernels/walk.hpp>
#include <morph/graph/tensor.hpp>

#include <span>

namespace morph::kernels {

/// What a slice reads along one axis.
struct slice_range {
  int64_t start = 0;
  int64_t step = 1;
  int64_t count = 0;
};

using slice_ranges = std::array<slice_range, shape::max_rank>;

/// Clamps starts and stops as NumPy does; axes beyond the lists stay whole.
/// For a dynamic extent the count is `dyn`. MM0108 for lists of unequal
/// lengths, more entries than axes, or steps below 1.
result<slice_ranges> resolve_slice(const shape& s,
                                   std::span<const int64_t> starts,
                                   std::span<const int64_t> stops,
                                   std::span<const int64_t> steps);

/// Reads `x` as a tensor of shape `s` with the given strides.
/// REQUIRES: no position lies outside of `x`.
tensor read_strided(const tensor& x, const shape& s, const stride_list& strides,
                    int64_t offset = 0);

/// Axis i of the result is axis perm[i]. REQUIRES: `perm` is a permutation of
/// the axes of `x`.
tensor transpose(const tensor& x, std::span<const size_t> perm);

/// REQUIRES: the shape of `x` broadcasts to `s`.
tensor broadcast(const tensor& x, const shape& s);

/// REQUIRES: ranges lie inside of `x`.
tensor slice(const tensor& x, const slice_ranges& ranges);

/// Writes `x` to the positions of zeros of shape `s` that `slice` would read.
/// REQUIRES: the counts of `ranges` are the extents of `x`.
tensor unslice(const tensor& x, const shape& s, const slice_ranges& ranges);

/// Joins along `axis`. REQUIRES: not empty; equal element types and, but for
/// `axis`, equal shapes.
tensor concat(std::span<const value> xs, size_t axis);

/// Zeroes what does not satisfy column - row <= k (or >= k with `upper`).
/// REQUIRES: rank of at least 2.
tensor triangle(const tensor& x, int64_t k, bool upper);

} // namespace morph::kernels
