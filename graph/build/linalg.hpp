// Builder functions of linear algebra. Leading axes are a batch.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/operand.hpp>

namespace morph {

/// Matrix product over the last two axes, as NumPy's: batch axes broadcast, a
/// rank-1 operand is a row on the left, a column on the right, and its axis
/// vanishes. With `transpose_a` the last two axes of `a` are swapped first,
/// likewise `b`; neither costs a copy. Rank-1 operands cannot be transposed.
expr matmul(operand a, operand b, bool transpose_a = false,
            bool transpose_b = false);

/// The lower triangular L with positive diagonal and L L^T = a, from the lower
/// triangle of `a`, f32 or f64 [..., n, n]. MM0302 names the pivot.
expr cholesky(operand a);

/// The x with a x = b: `a` [..., n, n], `b` [..., n, k] with equal batch axes,
/// or `b` [n] for `a` [n, n]. MM0303 names the pivot.
expr solve(operand a, operand b);

/// The x with t x = b, or t^T x = b with `transpose`, where t is the lower (or
/// upper) triangle of `a`. Shapes as `solve`.
expr triangular_solve(operand a, operand b, bool lower = true,
                      bool transpose = false);

/// log |det a| of [..., n, n], shape [...]. MM0303 if `a` is singular.
expr logdet(operand a);

/// Inverse of [..., n, n]. MM0303 if `a` is singular.
expr inverse(operand a);

} // namespace morph
