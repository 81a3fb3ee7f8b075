// Builder functions: fewer elements out than in. `axes` may be negative; an
// empty list means all of them. With `keepdims` reduced axes stay with
// extent 1. Summation order is fixed, see docs/ops.md.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/operand.hpp>

#include <vector>

namespace morph {

/// 0 for no elements.
expr sum(operand x, std::vector<int64_t> axes = {}, bool keepdims = false);

/// Floating types only; NaN for no elements.
expr mean(operand x, std::vector<int64_t> axes = {}, bool keepdims = false);

/// NaN if an element is NaN; MM0107 for no elements.
expr max(operand x, std::vector<int64_t> axes = {}, bool keepdims = false);

/// NaN if an element is NaN; MM0107 for no elements.
expr min(operand x, std::vector<int64_t> axes = {}, bool keepdims = false);

/// i64 position of the first largest element along `axis`, which vanishes; a
/// NaN counts as larger than anything.
expr argmax(operand x, int64_t axis = -1);

/// i64 position of the first smallest element along `axis`, which vanishes; a
/// NaN counts as smaller than anything.
expr argmin(operand x, int64_t axis = -1);

} // namespace morph
