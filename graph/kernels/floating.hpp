// Choice of code by floating element type.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/dtype.hpp>

namespace morph::kernels {

/// Calls `f(float{})` or `f(double{})`. REQUIRES: is_floating(t).
template <class F>
decltype(auto) visit_floating(dtype t, F&& f) {
  return t == f32 ? f(float{}) : f(double{});
}

} // namespace morph::kernels
