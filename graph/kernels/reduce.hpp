// Reductions over axes.
//
// Thread-safety: pure functions.
//
// Invariant: the order of additions follows from the shape and the axes alone.
// f32 is summed in double precision; a contiguous run is summed in eight
// interleaved lanes, long runs as halves, and runs are added one after the
// other in row-major order.
#pragma once

#include <morph/graph/tensor.hpp>

#include <array>
#include <span>

namespace morph::kernels {

/// Which axes of a shape are reduced.
using axis_set = std::array<bool, shape::max_rank>;

/// Position of an axis that may be counted from the end. MM0108 if there is
/// no such axis.
result<size_t> resolve_axis(int64_t axis, size_t rank);

/// An empty list stands for all axes. MM0108 for one that is missing or named
/// twice.
result<axis_set> resolve_axes(std::span<const int64_t> axes, size_t rank);

/// The shape after reducing; the axes vanish or stay with extent 1.
shape reduced_shape(const shape& s, const axis_set& axes, bool keepdims);

/// The axes of a shape along which one of shape `from` has been repeated, all
/// leading ones included. REQUIRES: `from` broadcasts to `to`.
axis_set repeated_axes(const shape& from, const shape& to) noexcept;

/// Number of elements that are folded into one. REQUIRES: `s` is static.
int64_t folded_count(const shape& s, const axis_set& axes) noexcept;

/// Sums of any numbers; integers wrap around.
result<tensor> sum(const tensor& x, const axis_set& axes, bool keepdims);

/// As above under another shape. REQUIRES: `s` holds as many elements as the
/// reduced shape.
result<tensor> sum(const tensor& x, const axis_set& axes, const shape& s);

/// Means of floating numbers; NaN for no elements.
result<tensor> mean(const tensor& x, const axis_set& axes, bool keepdims);

/// Largest and smallest elements; NaN prevails. MM0107 for no elements.
result<tensor> max(const tensor& x, const axis_set& axes, bool keepdims);
result<tensor> min(const tensor& x, const axis_set& axes, bool keepdims);

/// Positions of the first largest and smallest elements; NaN prevails. MM0107
/// for no elements.
result<tensor> argmax(const tensor& x, size_t axis);
result<tensor> argmin(const tensor& x, size_t axis);

} // namespace morph::kernels
