// Softmax and its logarithm along one axis, of f32 or f64.
//
// Thread-safety: pure functions.
//
// Invariants, where a limit exists:
// 1. Elements of +inf share the probability 1 among themselves.
// 2. A slice of -inf alone gives 0, and -inf as logarithm.
// 3. A NaN makes its slice NaN, and no other.
#pragma once

#include <morph/graph/tensor.hpp>

namespace morph::kernels {

/// REQUIRES: the axis exists.
result<tensor> softmax(const tensor& x, size_t axis);
result<tensor> log_softmax(const tensor& x, size_t axis);

} // namespace morph::kernels
