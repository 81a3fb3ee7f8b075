#include <morph/graph/kernels/blas.hpp>

#include <cblas.h>

#include <cmath>
#include <limits>

// LAPACK as Fortran sees it; OpenBLAS has it built in but declares it only in
// headers that need complex numbers of C.
extern "C" {
void spotrf_(const char* uplo, const int* n, float* a, const int* lda,
             int* info);
void dpotrf_(const char* uplo, const int* n, double* a, const int* lda,
             int* info);
void sgetrf_(const int* m, const int* n, float* a, const int* lda, int* pivots,
             int* info);
void dgetrf_(const int* m, const int* n, double* a, const int* lda, int* pivots,
             int* info);
void sgetrs_(const char* trans, const int* n, const int* k, const float* a,
             const int* lda, const int* pivots, float* b, const int* ldb,
             int* info);
void dgetrs_(const char* trans, const int* n, const int* k, const double* a,
             const int* lda, const int* pivots, double* b, const int* ldb,
             int* info);
}

// Absent in other implementations, which have threads of their own making.
extern "C" void openblas_set_num_threads(int) __attribute__((weak));

namespace morph::kernels::blas {

namespace {

void hold_to_one_thread() {
  static const bool done = [] {
    if (openblas_set_num_threads)
      openblas_set_num_threads(1);
    return true;
  }();
  static_cast<void>(done);
}

int narrow(int64_t x) {
  return static_cast<int>(x);
}

CBLAS_TRANSPOSE flag(bool transpose) {
  return transpose ? CblasTrans : CblasNoTrans;
}

template <class F, class T>
void run_gemm(F f, bool transpose_a, bool transpose_b, int64_t m, int64_t n,
              int64_t k, const T* a, const T* b, T beta, T* c) {
  hold_to_one_thread();
  f(CblasRowMajor, flag(transpose_a), flag(transpose_b), narrow(m), narrow(n),
    narrow(k), T{1}, a, narrow(transpose_a ? m : k), b,
    narrow(transpose_b ? k : n), beta, c, narrow(n));
}

// The upper triangle by columns is the lower one by rows.
template <class F, class T>
int64_t run_cholesky(F f, T* a, int64_t n) {
  hold_to_one_thread();
  auto order = narrow(n);
  int info = 0;
  f("U", &order, a, &order, &info);
  if (info > 0)
    return info - 1;
  // A NaN gets past the library's own test.
  for (int64_t i = 0; i < n; ++i)
    if (!(a[i * n + i] > 0))
      return i;
  return n;
}

template <class F, class T>
int64_t run_lu(F f, T* a, int64_t n, int32_t* pivots) {
  hold_to_one_thread();
  auto order = narrow(n);
  int info = 0;
  f(&order, &order, a, &order, pivots, &info);
  if (info > 0)
    return info - 1;
  for (int64_t i = 0; i < n; ++i)
    if (a[i * n + i] == 0 || !std::isfinite(a[i * n + i]))
      return i;
  return n;
}

// The factors are those of the transpose, hence the flag is the other way.
template <class F, class T>
void run_lu_solve(F f, bool transpose, const T* factors, const int32_t* pivots,
                  int64_t n, int64_t k, T* b) {
  hold_to_one_thread();
  auto order = narrow(n);
  auto columns = narrow(k);
  int info = 0;
  f(transpose ? "N" : "T", &order, &columns, factors, &order, pivots, b, &order,
    &info);
}

template <class F, class T>
void run_triangular(F f, bool lower, bool transpose, const T* a, int64_t n,
                    int64_t k, T* b) {
  hold_to_one_thread();
  f(CblasRowMajor, CblasLeft, lower ? CblasLower : CblasUpper, flag(transpose),
    CblasNonUnit, narrow(n), narrow(k), T{1}, a, narrow(n), b, narrow(k));
}

} // namespace

bool fits(int64_t rows, int64_t columns) noexcept {
  constexpr int64_t most = std::numeric_limits<int>::max();
  return rows <= most && columns <= most;
}

void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
          const float* a, const float* b, float beta, float* c) {
  run_gemm(cblas_sgemm, transpose_a, transpose_b, m, n, k, a, b, beta, c);
}

void gemm(bool transpose_a, bool transpose_b, int64_t m, int64_t n, int64_t k,
          const double* a, const double* b, double beta, double* c) {
  run_gemm(cblas_dgemm, transpose_a, transpose_b, m, n, k, a, b, beta, c);
}

int64_t cholesky(float* a, int64_t n) {
  return run_cholesky(spotrf_, a, n);
}

int64_t cholesky(double* a, int64_t n) {
  return run_cholesky(dpotrf_, a, n);
}

int64_t lu(float* a, int64_t n, int32_t* pivots) {
  return run_lu(sgetrf_, a, n, pivots);
}

int64_t lu(double* a, int64_t n, int32_t* pivots) {
  return run_lu(dgetrf_, a, n, pivots);
}

void lu_solve(bool transpose, const float* factors, const int32_t* pivots,
              int64_t n, int64_t k, float* b) {
  run_lu_solve(sgetrs_, transpose, factors, pivots, n, k, b);
}

void lu_solve(bool transpose, const double* factors, const int32_t* pivots,
              int64_t n, int64_t k, double* b) {
  run_lu_solve(dgetrs_, transpose, factors, pivots, n, k, b);
}

void triangular_solve(bool lower, bool transpose, const float* a, int64_t n,
                      int64_t k, float* b) {
  run_triangular(cblas_strsm, lower, transpose, a, n, k, b);
}

void triangular_solve(bool lower, bool transpose, const double* a, int64_t n,
                      int64_t k, double* b) {
  run_triangular(cblas_dtrsm, lower, transpose, a, n, k, b);
}

} // namespace morph::kernels::blas
