// Builder functions that move elements and change none.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/operand.hpp>
#include <morph/graph/shape.hpp>

#include <limits>
#include <source_location>
#include <span>
#include <vector>

namespace morph {

/// A stop of `slice` that means "to the end".
inline constexpr int64_t slice_end = std::numeric_limits<int64_t>::max();

/// The same elements under another shape; one extent may be -1 (`dyn`), which
/// follows from the others.
expr reshape(operand x, const shape& s);

/// Axis i of the result is axis perm[i] of `x`; empty: axes in reverse.
expr transpose(operand x, std::vector<int64_t> perm = {});

/// Swaps the last two axes.
expr matrix_transpose(operand x);

/// Repeats along new leading axes and axes of extent 1; -1 keeps an extent.
expr broadcast_to(operand x, const shape& s);

/// Joins along an existing axis.
expr concat(std::vector<operand> xs, int64_t axis = 0);
expr concat(std::span<const expr> xs, int64_t axis = 0,
            std::source_location at = std::source_location::current());

/// Elements starts[i], starts[i] + steps[i], ... before stops[i] of axis i.
/// Negative starts and stops count from the end, both are clamped as in
/// NumPy; steps are positive, empty: all 1. Axes not listed stay whole.
expr slice(operand x, std::vector<int64_t> starts, std::vector<int64_t> stops,
           std::vector<int64_t> steps = {});

/// x[..., indices, ...] along `axis`: the axis is replaced by the axes of
/// `indices` (i32 or i64). MM0301 for an index outside 0 .. extent - 1.
expr gather(operand x, operand indices, int64_t axis = 0);

/// `base` plus `updates` at `indices` along `axis`, in ascending order of
/// positions in `updates`; the adjoint of `gather`.
expr scatter_add(operand base, operand indices, operand updates,
                 int64_t axis = 0);

/// 1 at the index, else 0, along a new last axis; MM0301 for an index outside
/// 0 .. depth - 1.
expr one_hot(operand indices, int64_t depth, dtype t = f32);

/// Keeps elements with column - row <= k of the last two axes, zeroes others.
expr tril(operand x, int64_t k = 0);

/// Keeps elements with column - row >= k of the last two axes, zeroes others.
expr triu(operand x, int64_t k = 0);

} // namespace morph
