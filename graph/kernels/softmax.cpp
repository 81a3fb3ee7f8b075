#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/softmax.hpp>

#include <cmath>
#include <limits>

namespace morph::kernels {

namespace {

template <class T>
constexpr T inf = std::numeric_limits<T>::infinity();

/// What each element of a slice is shifted by, and the sum of exponentials
/// after the shift.
template <class T>
struct slice_norm {
  T largest = -inf<T>;
  double sum = 0;

  slice_norm(const T* x, int64_t n, int64_t step) {
    for (int64_t i = 0; i < n; ++i)
      if (!(x[i * step] <= largest))
        largest = x[i * step];
    for (int64_t i = 0; i < n; ++i)
      sum += static_cast<double>(std::exp(shifted(x[i * step])));
  }

  /// x - largest, where inf - inf counts as 0 for +inf, and for -inf, which
  /// is the largest only if there is nothing else, as -inf.
  T shifted(T x) const {
    if (x == -inf<T>)
      return x;
    return x == largest ? T{0} : x - largest;
  }
};

template <class T, class F>
void for_each_slice(const tensor& x, tensor& out, size_t axis, F f) {
  auto& s = x.shape();
  int64_t inner = 1;
  for (size_t d = axis + 1; d < s.rank(); ++d)
    inner *= s[d];
  auto n = s[axis];
  if (x.elements() == 0)
    return;
  for (int64_t i = 0, count = x.elements() / n; i < count; ++i) {
    auto at = i / inner * inner * n + i % inner;
    f(x.data<T>() + at, out.mutable_data<T>() + at, n, inner);
  }
}

template <class T>
void softmax_slice(const T* x, T* out, int64_t n, int64_t step) {
  slice_norm<T> norm{x, n, step};
  auto sum = norm.sum == 0 ? 1 : norm.sum;
  for (int64_t i = 0; i < n; ++i)
    out[i * step] = static_cast<T>(
      static_cast<double>(std::exp(norm.shifted(x[i * step]))) / sum);
}

template <class T>
void log_softmax_slice(const T* x, T* out, int64_t n, int64_t step) {
  slice_norm<T> norm{x, n, step};
  auto log_sum = norm.sum == 0 ? 0 : std::log(norm.sum);
  for (int64_t i = 0; i < n; ++i)
    out[i * step] = static_cast<T>(
      static_cast<double>(norm.shifted(x[i * step])) - log_sum);
}

} // namespace

result<tensor> softmax(const tensor& x, size_t axis) {
  if (!is_floating(x.type()))
    return fail(undefined_for(x.type()));
  auto out = tensor::uninitialised(x.type(), x.shape());
  if (x.type() == f32)
    for_each_slice<float>(x, out, axis, softmax_slice<float>);
  else
    for_each_slice<double>(x, out, axis, softmax_slice<double>);
  return out;
}

result<tensor> log_softmax(const tensor& x, size_t axis) {
  if (!is_floating(x.type()))
    return fail(undefined_for(x.type()));
  auto out = tensor::uninitialised(x.type(), x.shape());
  if (x.type() == f32)
    for_each_slice<float>(x, out, axis, log_softmax_slice<float>);
  else
    for_each_slice<double>(x, out, axis, log_softmax_slice<double>);
  return out;
}

} // namespace morph::kernels
