// Matrix products.
//
// Thread-safety: pure functions.
//
// Invariant: one row or one column is multiplied by loops of our own, other
// floating products by BLAS, integers by loops; which of them depends on the
// shapes alone.
#pragma once

#include <morph/graph/tensor.hpp>

namespace morph::kernels {

/// Shape of the product of the last two axes, with broadcast batch axes; a
/// rank-1 operand is a row on the left, a column on the right. MM0107 if the
/// inner extents differ.
result<shape> matmul_shape(const shape& a, const shape& b, bool transpose_a,
                           bool transpose_b);

/// MM0105 for bool or different element types; MM0304 for matrices too large
/// for BLAS.
result<tensor> matmul(const tensor& a, const tensor& b, bool transpose_a,
                      bool transpose_b);

/// One product of dense row-major matrices, c = op(a) op(b) or, with
/// `accumulate`, c += op(a) op(b). c is m x n, the inner extent is k.
/// REQUIRES: extents fit BLAS; `accumulate` only with floating types.
template <class T>
void multiply(bool transpose_a, bool transpose_b, int64_t m, int64_t n,
              int64_t k, const T* a, const T* b, T* c, bool accumulate = false);

extern template void multiply(bool, bool, int64_t, int64_t, int64_t,
                              const float*, const float*, float*, bool);
extern template void multiply(bool, bool, int64_t, int64_t, int64_t,
                              const double*, const double*, double*, bool);

} // namespace morph::kernels
