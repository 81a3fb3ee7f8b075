// Whether a derivative has the type of what it is a derivative of.
//
// Thread-safety: pure.
#pragma once

#include <morph/graph/type.hpp>

namespace morph {

/// True if values of both types can be equal in type: extents that are known
/// on both sides agree.
bool compatible(const port_type& a, const port_type& b) noexcept;

} // namespace morph
