#include <morph/graph/kernels/blas.hpp>
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/factor.hpp>
#include <morph/graph/kernels/floating.hpp>
#include <morph/graph/kernels/layout.hpp>

#include <cmath>
#include <vector>

namespace morph::kernels {

namespace {

/// A checked batch of square matrices of floating numbers.
struct squares {
  int64_t order = 0;
  int64_t count = 0;
};

result<squares> as_squares(const tensor& a) {
  if (!is_floating(a.type()))
    return fail(undefined_for(a.type()));
  if (auto ok = check_square(a.shape()); !ok)
    return fail(std::move(ok.error()));
  squares out;
  out.order = a.shape()[a.rank() - 1];
  if (!blas::fits(out.order, out.order))
    return fail(errc::allocation_too_large,
                "a matrix extent exceeds what LAPACK can address");
  out.count = 1;
  for (size_t d = 0; d + 2 < a.rank(); ++d)
    out.count *= a.shape()[d];
  return out;
}

tensor copy_of(const tensor& x) {
  auto out = tensor::uninitialised(x.type(), x.shape());
  if (x.size_bytes() > 0)
    std::memcpy(out.mutable_bytes(), x.raw().data(), x.size_bytes());
  return out;
}

std::string matrix_name(const squares& a, int64_t index) {
  return a.count == 1 ? "the matrix"
                      : "matrix " + std::to_string(index) + " of the batch";
}

tl::unexpected<error> singular(const squares& a, int64_t index, int64_t pivot) {
  return fail(errc::singular_matrix,
              matrix_name(a, index) + " is singular: pivot "
                + std::to_string(pivot) + " of 0 to "
                + std::to_string(a.order - 1) + " is zero or not finite");
}

/// Factors each matrix and hands the factors to `f(index, factors, pivots)`.
template <class T, class F>
result<void> for_each_lu(const tensor& a, const squares& form, F f) {
  auto work = copy_of(a);
  std::vector<int32_t> pivots(static_cast<size_t>(form.order));
  if (form.order == 0)
    return {};
  for (int64_t i = 0; i < form.count; ++i) {
    auto* matrix = work.mutable_data<T>() + i * form.order * form.order;
    if (auto pivot = blas::lu(matrix, form.order, pivots.data());
        pivot < form.order)
      return singular(form, i, pivot);
    f(i, matrix, pivots.data());
  }
  return {};
}

} // namespace

result<void> check_square(const shape& a) {
  if (a.rank() >= 2) {
    auto rows = a[a.rank() - 2];
    auto columns = a[a.rank() - 1];
    if (rows == columns || rows == dyn || columns == dyn)
      return {};
  }
  return fail(errc::shape_mismatch,
              "needs square matrices, not shape " + to_string(a));
}

result<shape> solution_shape(const shape& a, const shape& b) {
  if (auto ok = check_square(a); !ok)
    return fail(std::move(ok.error()));
  auto column = a.rank() == 2 && b.rank() == 1;
  auto good = column || a.rank() == b.rank();
  auto rows = column ? 0 : b.rank() - 2;
  for (size_t d = 0; good && d <= rows; ++d)
    good = a[d] == b[d] || a[d] == dyn || b[d] == dyn;
  if (!good)
    return fail(errc::shape_mismatch, "no solutions of shape " + to_string(b)
                                        + " belong to matrices of shape "
                                        + to_string(a));
  return b;
}

result<tensor> cholesky(const tensor& a) {
  auto form = as_squares(a);
  if (!form)
    return fail(std::move(form.error()));
  auto out = triangle(a, 0, false);
  auto n = form->order;
  auto bad = n;
  int64_t i = 0;
  visit_floating(a.type(), [&](auto zero) {
    using type = decltype(zero);
    for (; n > 0 && i < form->count; ++i) {
      bad = blas::cholesky(out.mutable_data<type>() + i * n * n, n);
      if (bad < n)
        return;
    }
  });
  if (bad < n)
    return fail(errc::not_positive_definite,
                matrix_name(*form, i) + " is not positive definite: pivot "
                  + std::to_string(bad) + " of 0 to " + std::to_string(n - 1)
                  + " is not positive");
  return out;
}

result<tensor> solve(const tensor& a, const tensor& b) {
  auto form = as_squares(a);
  if (!form)
    return fail(std::move(form.error()));
  if (a.type() != b.type())
    return fail(mixed_types(a.type(), b.type()));
  if (auto s = solution_shape(a.shape(), b.shape()); !s)
    return fail(std::move(s.error()));
  auto n = form->order;
  auto k = b.rank() == 1 ? 1 : b.shape()[b.rank() - 1];
  if (!blas::fits(n, k))
    return fail(errc::allocation_too_large,
                "a matrix extent exceeds what LAPACK can address");
  // LAPACK wants each right-hand side in one piece.
  auto out = copy_of(b);
  std::vector<size_t> swap(b.rank());
  for (size_t d = 0; d < swap.size(); ++d)
    swap[d] = d;
  if (b.rank() > 1) {
    std::swap(swap[b.rank() - 1], swap[b.rank() - 2]);
    out = transpose(b, swap);
  }
  result<void> ok;
  visit_floating(a.type(), [&](auto zero) {
    using type = decltype(zero);
    ok = for_each_lu<type>(a, *form, [&](int64_t i, auto* lu, auto* pivots) {
      if (k > 0)
        blas::lu_solve(false, lu, pivots, n, k,
                       out.mutable_data<type>() + i * n * k);
    });
  });
  if (!ok)
    return fail(std::move(ok.error()));
  return b.rank() > 1 ? transpose(out, swap) : out;
}

result<tensor> triangular_solve(const tensor& a, const tensor& b, bool lower,
                                bool transpose) {
  auto form = as_squares(a);
  if (!form)
    return fail(std::move(form.error()));
  if (a.type() != b.type())
    return fail(mixed_types(a.type(), b.type()));
  if (auto s = solution_shape(a.shape(), b.shape()); !s)
    return fail(std::move(s.error()));
  auto n = form->order;
  auto k = b.rank() == 1 ? 1 : b.shape()[b.rank() - 1];
  if (!blas::fits(n, k))
    return fail(errc::allocation_too_large,
                "a matrix extent exceeds what BLAS can address");
  auto out = copy_of(b);
  result<void> ok;
  visit_floating(a.type(), [&](auto zero) {
    using type = decltype(zero);
    for (int64_t i = 0; n > 0 && i < form->count; ++i) {
      auto* matrix = a.data<type>() + i * n * n;
      for (int64_t j = 0; j < n; ++j)
        if (matrix[j * n + j] == 0 || !std::isfinite(matrix[j * n + j])) {
          ok = singular(*form, i, j);
          return;
        }
      if (k > 0)
        blas::triangular_solve(lower, transpose, matrix, n, k,
                               out.mutable_data<type>() + i * n * k);
    }
  });
  if (!ok)
    return fail(std::move(ok.error()));
  return out;
}

result<tensor> logdet(const tensor& a) {
  auto form = as_squares(a);
  if (!form)
    return fail(std::move(form.error()));
  shape s;
  for (size_t d = 0; d + 2 < a.rank(); ++d)
    s.push_back(a.shape()[d]);
  // The determinant of an empty matrix is 1.
  auto out = tensor::zeros(a.type(), s);
  result<void> ok;
  visit_floating(a.type(), [&](auto zero) {
    using type = decltype(zero);
    ok = for_each_lu<type>(a, *form, [&](int64_t i, auto* lu, auto*) {
      double sum = 0;
      for (int64_t j = 0; j < form->order; ++j)
        sum += std::log(
          std::fabs(static_cast<double>(lu[j * (form->order + 1)])));
      out.mutable_data<type>()[i] = static_cast<type>(sum);
    });
  });
  if (!ok)
    return fail(std::move(ok.error()));
  return out;
}

result<tensor> inverse(const tensor& a) {
  auto form = as_squares(a);
  if (!form)
    return fail(std::move(form.error()));
  auto n = form->order;
  auto out = tensor::zeros(a.type(), a.shape());
  result<void> ok;
  visit_floating(a.type(), [&](auto zero) {
    using type = decltype(zero);
    // Rows of the inverse solve the transposed system.
    ok = for_each_lu<type>(a, *form, [&](int64_t i, auto* lu, auto* pivots) {
      auto* matrix = out.mutable_data<type>() + i * n * n;
      for (int64_t j = 0; j < n; ++j)
        matrix[j * (n + 1)] = 1;
      blas::lu_solve(true, lu, pivots, n, n, matrix);
    });
  });
  if (!ok)
    return fail(std::move(ok.error()));
  return out;
}

} // namespace morph::kernels
