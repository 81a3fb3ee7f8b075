// How kernels visit the elements of a row-major box together with operands of
// other strides: broadcast, transposed or sliced.
//
// Thread-safety: plain values and pure functions; nothing allocates.
//
// Invariants:
// 1. Rows come in row-major order of the box and cover it exactly once.
// 2. Axes of extent 1 are dropped and axes that all operands walk evenly are
//    merged, so that rows are as long as possible.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/shape.hpp>

#include <array>

namespace morph::kernels {

/// Distance in elements between neighbours along each axis.
using stride_list = std::array<int64_t, shape::max_rank>;

/// Strides of a dense tensor.
stride_list dense_strides(const shape& s) noexcept;

/// Strides with which a tensor of shape `from` reads as one of shape `to`.
/// REQUIRES: `from` broadcasts to `to`.
stride_list broadcast_strides(const shape& from, const shape& to) noexcept;

/// The shape to which both broadcast as in NumPy. Against `dyn`, an extent
/// other than 1 prevails, and 1 gives `dyn`. MM0107 if there is none.
result<shape> broadcast_shape(const shape& a, const shape& b);

/// True if `from` can be repeated to `to`, as far as static extents tell.
bool broadcasts_to(const shape& from, const shape& to) noexcept;

template <size_t N>
struct walk {
  size_t rank = 0; ///< At least 1.
  stride_list extents{};
  std::array<stride_list, N> strides{};

  walk(const shape& box, const std::array<stride_list, N>& operands) noexcept {
    for (size_t d = 0; d < box.rank(); ++d)
      if (box[d] != 1)
        append(box[d], d, operands);
    if (rank == 0)
      extents[rank++] = 1;
  }

  /// Calls `f(position of the row in the box, offsets of the operands,
  /// length)`; along a row operand k moves by `step(k)`.
  template <class F>
  void for_each_row(F&& f) const {
    auto n = extents[rank - 1];
    int64_t rows = n > 0 ? 1 : 0;
    for (size_t d = 0; d + 1 < rank; ++d)
      rows *= extents[d];
    stride_list index{};
    std::array<int64_t, N> offsets{};
    for (int64_t row = 0; row < rows; ++row) {
      f(row * n, offsets, n);
      for (size_t d = rank - 1; d-- > 0;) {
        for (size_t k = 0; k < N; ++k)
          offsets[k] += strides[k][d];
        if (++index[d] < extents[d])
          break;
        for (size_t k = 0; k < N; ++k)
          offsets[k] -= strides[k][d] * extents[d];
        index[d] = 0;
      }
    }
  }

  int64_t step(size_t k) const noexcept {
    return strides[k][rank - 1];
  }

private:
  void append(int64_t extent, size_t axis,
              const std::array<stride_list, N>& operands) noexcept {
    auto even = rank > 0;
    for (size_t k = 0; even && k < N; ++k)
      even = strides[k][rank - 1] == operands[k][axis] * extent;
    if (!even)
      extents[rank++] = extent;
    else
      extents[rank - 1] *= extent;
    for (size_t k = 0; k < N; ++k)
      strides[k][rank - 1] = operands[k][axis];
  }
};

} // namespace morph::kernels
