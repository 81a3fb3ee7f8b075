// Kernels that factor square matrices; leading axes are a batch. f32 and f64.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/tensor.hpp>

namespace morph::kernels {

/// MM0107 unless the last two axes may be equal.
result<void> check_square(const shape& a);

/// Shape of the solution of a x = b, which is that of `b`. MM0107 unless `a` is
/// square and `b` has its batch axes and rows, or both lack a batch and `b` is
/// one column of rank 1.
result<shape> solution_shape(const shape& a, const shape& b);

/// MM0302 names the first pivot that is not positive.
result<tensor> cholesky(const tensor& a);

/// MM0303 names the first pivot that is zero or not finite.
result<tensor> solve(const tensor& a, const tensor& b);
result<tensor> triangular_solve(const tensor& a, const tensor& b, bool lower,
                                bool transpose);
result<tensor> logdet(const tensor& a);
result<tensor> inverse(const tensor& a);

} // namespace morph::kernels
