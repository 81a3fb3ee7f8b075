// The one place that speaks to BLAS and LAPACK. Matrices here are row-major
// and dense. The library is held to one thread: parallelism belongs to whoever
// runs kernels.
//
// Thread-safety: all functions may be called from any thread.
#pragma once

#include <cstdint>

namespace morph::kernels::blas {

/// True if the library can address a matrix with these extents.
bool fits(int64_t rows, int64_t columns) noexcept;

/// c = op(a) op(b) + beta c, where op transposes if asked to. `c` is m x n, the
/// inner extent is k. REQUIRES: m, n, k > 0 and in range.
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
          const float* a, const float* b, float beta, float* c);
void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
          const double* a, const double* b, double beta, double* c);

/// Overwrites the lower triangle of a (n x n) with its Cholesky factor.
/// Returns n, or the first pivot that is not positive.
int64_t cholesky(float* a, int64_t n);
int64_t cholesky(double* a, int64_t n);

/// Overwrites a (n x n) with the LU factors of its transpose. Returns n, or the
/// first pivot that is zero or not finite.
int64_t lu(float* a, int64_t n, int32_t* pivots);
int64_t lu(double* a, int64_t n, int32_t* pivots);

/// Overwrites each of the k rows of b (k x n) with the solution of a x = row
/// (or a^T x = row), where `lu` has overwritten a.
void lu_solve(bool transpose, const float* factors, const int32_t* pivots,
              int64_t n, int64_t k, float* b);
void lu_solve(bool transpose, const double* factors, const int32_t* pivots,
              int64_t n, int64_t k, double* b);

/// Overwrites b (n x k) with the solution of op(t) x = b, where t is a triangle
/// of a (n x n).
void triangular_solve(bool lower, bool transpose, const float* a, int64_t n,
                      int64_t k, float* b);
void triangular_solve(bool lower, bool transpose, const double* a, int64_t n,
                      int64_t k, double* b);

} // namespace morph::kernels::blas
