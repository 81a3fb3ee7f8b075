// Builder functions whose result takes its shape from a reference value at run
// time: what derivative rules need where extents are dynamic. Of `ref` only
// shape and element type matter, never its elements.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/operand.hpp>

#include <span>
#include <vector>

namespace morph {

/// Sums over the axes along which `ref` was broadcast to the shape of `x`.
expr sum_to_like(operand x, operand ref);

/// Broadcasts to the shape of `ref`.
expr broadcast_like(operand x, operand ref);

/// Undoes the shape change of a reduction of `ref` with these arguments:
/// inserts the axes again and repeats along them.
expr expand_like(operand x, operand ref, std::vector<int64_t> axes = {},
                 bool keepdims = false);

/// The elements of `x` under the shape of `ref`.
expr reshape_like(operand x, operand ref);

expr zeros_like(operand ref);
expr ones_like(operand ref);
expr full_like(operand ref, double value);

/// Number of elements that a reduction of `ref` folds into one: rank 0, in the
/// element type of `ref`.
expr reduced_count(operand ref, std::vector<int64_t> axes = {});

/// The adjoint of `slice`: `x` at the positions that slicing `ref` with these
/// starts and steps reads, zero elsewhere.
expr pad_like(operand x, operand ref, std::vector<int64_t> starts,
              std::vector<int64_t> steps = {});

/// The adjoint of `concat`: the part of `g` that came from `parts[index]`.
expr concat_part(operand g, std::span<const expr> parts, int64_t axis,
                 int64_t index);

} // namespace morph
