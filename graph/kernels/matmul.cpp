#include <morph/graph/kernels/blas.hpp>
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/matmul.hpp>
#include <morph/graph/kernels/walk.hpp>

#include <algorithm>
#include <array>
#include <type_traits>

namespace morph::kernels {

namespace {

/// Sum of products in sixteen lanes: the order does not depend on alignment.
template <class T>
T dot(const T* a, const T* b, int64_t n) {
  constexpr int64_t lanes = 16;
  std::array<T, lanes> acc{};
  int64_t i = 0;
  for (; i + lanes <= n; i += lanes)
    for (int64_t j = 0; j < lanes; ++j)
      acc[j] += a[i + j] * b[i + j];
  for (int64_t j = 0; i + j < n; ++j)
    acc[j] += a[i + j] * b[i + j];
  for (auto width = lanes / 2; width > 0; width /= 2)
    for (int64_t j = 0; j < width; ++j)
      acc[j] += acc[j + width];
  return acc[0];
}

/// y = x a or, with `transpose`, y = x a^T, for a row x of k numbers.
template <class T>
void multiply_row(const T* x, const T* a, bool transpose, int64_t k, int64_t n,
                  T* y) {
  if (transpose) {
    for (int64_t j = 0; j < n; ++j)
      y[j] = dot(x, a + j * k, k);
    return;
  }
  std::fill_n(y, n, T{0});
  int64_t i = 0;
  // Four at once: the results are loaded and stored less often.
  for (; i + 4 <= k; i += 4) {
    auto* row = a + i * n;
    for (int64_t j = 0; j < n; ++j)
      y[j] = y[j] + x[i] * row[j] + x[i + 1] * row[n + j]
             + x[i + 2] * row[2 * n + j] + x[i + 3] * row[3 * n + j];
  }
  for (; i < k; ++i)
    for (int64_t j = 0; j < n; ++j)
      y[j] += x[i] * a[i * n + j];
}

template <class T>
void multiply_integers(bool transpose_a, bool transpose_b, int64_t m, int64_t n,
                       int64_t k, const T* a, const T* b, T* c) {
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      uint64_t acc = 0;
      for (int64_t l = 0; l < k; ++l)
        acc
          += static_cast<uint64_t>(transpose_a ? a[l * m + i] : a[i * k + l])
             * static_cast<uint64_t>(transpose_b ? b[j * k + l] : b[l * n + j]);
      c[i * n + j] = static_cast<T>(acc);
    }
}

/// An operand as a batch of matrices.
struct matrices {
  shape batch;
  int64_t rows = 1;
  int64_t columns = 1;
};

matrices split(const shape& s, bool column, bool transpose) {
  matrices out;
  if (s.rank() == 1) {
    (column ? out.rows : out.columns) = s[0];
    return out;
  }
  for (size_t d = 0; d + 2 < s.rank(); ++d)
    out.batch.push_back(s[d]);
  out.rows = s[s.rank() - 2];
  out.columns = s[s.rank() - 1];
  if (transpose)
    std::swap(out.rows, out.columns);
  return out;
}

} // namespace

template <class T>
void multiply(bool transpose_a, bool transpose_b, int64_t m, int64_t n,
              int64_t k, const T* a, const T* b, T* c, bool accumulate) {
  if (m == 0 || n == 0)
    return;
  if (k == 0) {
    if (!accumulate)
      std::fill_n(c, m * n, T{0});
  } else if constexpr (!std::is_floating_point_v<T>) {
    multiply_integers(transpose_a, transpose_b, m, n, k, a, b, c);
  } else if (m == 1 && !accumulate) {
    multiply_row(a, b, transpose_b, k, n, c);
  } else if (n == 1 && !accumulate) {
    multiply_row(b, a, !transpose_a, k, m, c);
  } else {
    blas::gemm(transpose_a, transpose_b, m, n, k, a, b,
               accumulate ? T{1} : T{0}, c);
  }
}

template void multiply(bool, bool, int64_t, int64_t, int64_t, const float*,
                       const float*, float*, bool);
template void multiply(bool, bool, int64_t, int64_t, int64_t, const double*,
                       const double*, double*, bool);

result<shape> matmul_shape(const shape& a, const shape& b, bool transpose_a,
                           bool transpose_b) {
  if (a.rank() == 0 || b.rank() == 0 || (a.rank() == 1 && transpose_a)
      || (b.rank() == 1 && transpose_b))
    return fail(errc::shape_mismatch, "cannot multiply shapes " + to_string(a)
                                        + (transpose_a ? " transposed" : "")
                                        + " and " + to_string(b)
                                        + (transpose_b ? " transposed" : ""));
  auto x = split(a, false, transpose_a);
  auto y = split(b, true, transpose_b);
  if (x.columns != y.rows && x.columns != dyn && y.rows != dyn)
    return fail(errc::shape_mismatch,
                "the inner extents of " + to_string(a)
                  + (transpose_a ? " transposed" : "") + " and " + to_string(b)
                  + (transpose_b ? " transposed" : "")
                  + " differ: " + std::to_string(x.columns) + " and "
                  + std::to_string(y.rows));
  auto out = broadcast_shape(x.batch, y.batch);
  if (!out)
    return out;
  if (a.rank() > 1)
    out->push_back(x.rows);
  if (b.rank() > 1)
    out->push_back(y.columns);
  return out;
}

result<tensor> matmul(const tensor& a, const tensor& b, bool transpose_a,
                      bool transpose_b) {
  if (a.type() != b.type())
    return fail(mixed_types(a.type(), b.type()));
  if (a.type() == boolean)
    return fail(undefined_for(boolean));
  auto s = matmul_shape(a.shape(), b.shape(), transpose_a, transpose_b);
  if (!s)
    return fail(std::move(s.error()));
  auto out = tensor::uninitialised(a.type(), *s);
  auto x = split(a.shape(), false, transpose_a);
  auto y = split(b.shape(), true, transpose_b);
  auto m = x.rows;
  // A batch on the left alone is one tall matrix.
  auto tall = !transpose_a && y.batch.elements() == 1
              && y.batch.rank() <= x.batch.rank();
  if (tall)
    m *= x.batch.elements();
  if (!blas::fits(m, x.columns) || !blas::fits(y.rows, y.columns))
    return fail(errc::allocation_too_large,
                "a matrix extent exceeds what BLAS can address");
  auto batch = tall ? shape{} : *broadcast_shape(x.batch, y.batch);
  walk<2> w{batch,
            {tall ? stride_list{} : broadcast_strides(x.batch, batch),
             tall ? stride_list{} : broadcast_strides(y.batch, batch)}};
  visit_dtype(a.type(), [&](auto zero) {
    using type = decltype(zero);
    if constexpr (!std::is_same_v<type, bool>)
      w.for_each_row([&](int64_t row, auto& at, int64_t n) {
        for (int64_t i = 0; i < n; ++i)
          multiply(
            transpose_a, transpose_b, m, y.columns, x.columns,
            a.data<type>() + (at[0] + i * w.step(0)) * x.rows * x.columns,
            b.data<type>() + (at[1] + i * w.step(1)) * y.rows * y.columns,
            out.mutable_data<type>() + (row + i) * m * y.columns);
      });
  });
  return out;
}

} // namespace morph::kernels
