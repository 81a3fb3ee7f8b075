// Kernels that read positions from a tensor. Indices are i32 or i64 and are
// checked: MM0301 names the first one that is out of range.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/tensor.hpp>

namespace morph::kernels {

/// Element types that may serve as indices.
constexpr bool is_index(dtype t) noexcept {
  return t == i32 || t == i64;
}

/// The shape of `s` with `axis` replaced by the axes of `indices`.
shape gathered_shape(const shape& s, const shape& indices, size_t axis);

/// REQUIRES: `axis` exists, `indices` is of index type.
result<tensor> gather(const tensor& x, const tensor& indices, size_t axis);

/// A copy of `base` to which `updates` are added in ascending order of their
/// positions. REQUIRES: as `gather`; `updates` has the gathered shape and the
/// element type of `base`, which is a number.
result<tensor> scatter_add(const tensor& base, const tensor& indices,
                           const tensor& updates, size_t axis);

/// 1 at the index along a new last axis. REQUIRES: as `gather`.
result<tensor> one_hot(const tensor& indices, int64_t depth, dtype t);

} // namespace morph::kernels
