// Finds what a node may be: an op of the table, or one of those that only the
// runtime handles.
//
// Thread-safety: free function, safe from any thread.
#pragma once

#include <morph/graph/op.hpp>

#include <string_view>

namespace morph {

/// Null if there is neither.
const op* find_kind(std::string_view name) noexcept;

} // namespace morph
