// What rules know of shapes that are partly dynamic.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/shape.hpp>

#include <span>

namespace morph::ops {

/// True if both may turn out to be the same shape.
bool compatible(const shape& a, const shape& b) noexcept;

/// Takes from each the extents that the other does not know. MM0107 with
/// `what` as subject if they differ.
result<shape> unified(const shape& a, const shape& b, std::string_view what);

/// Number of elements, or `dyn`. MM0304 if it cannot be counted.
result<int64_t> element_count(const shape& s);

/// `to` with its `dyn` extent, at most one, worked out from the elements of
/// `from`. MM0107 if the numbers of elements differ.
result<shape> reshaped(const shape& from, const shape& to);

} // namespace morph::ops
