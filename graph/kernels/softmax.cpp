#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/exponential.hpp>
#include <morph/graph/kernels/softmax.hpp>

#include <cmath>
#include <limits>
#include <type_traits>

namespace morph::kernels {

namespace {

template <class T>
constexpr T inf = std::numeric_limits<T>::infinity();

/// The largest element; NaN prevails.
template <class T, class Step>
T largest_of(const T* x, int64_t n, Step step) {
  auto out = -inf<T>;
  for (int64_t i = 0; i < n; ++i)
    if (x[i * step] > out || x[i * step] != x[i * step])
      out = x[i * step];
  return out;
}

/// out = x - largest, where inf - inf counts as 0 for +inf, and for -inf, which
/// is the largest only if there is nothing else, as -inf.
template <class T, class Step>
void shift(const T* x, T* out, int64_t n, Step step) {
  auto largest = largest_of(x, n, step);
  if (std::isinf(largest)) {
    for (int64_t i = 0; i < n; ++i)
      out[i * step] = x[i * step] == inf<T> ? T{0} : -inf<T>;
    return;
  }
  for (int64_t i = 0; i < n; ++i)
    out[i * step] = x[i * step] - largest;
}

template <class T, class F>
void for_each_slice(const tensor& x, tensor& out, size_t axis, F f) {
  auto& s = x.shape();
  int64_t inner = 1;
  for (size_t d = axis + 1; d < s.rank(); ++d)
    inner *= s[d];
  auto n = s[axis];
  if (x.elements() == 0)
    return;
  auto* from = x.data<T>();
  auto* to = out.mutable_data<T>();
  auto count = x.elements() / n;
  // A step that the compiler knows lets it use vectors.
  if (inner == 1)
    for (int64_t i = 0; i < count; ++i)
      f(from + i * n, to + i * n, n, std::integral_constant<int64_t, 1>{});
  else
    for (int64_t i = 0; i < count; ++i) {
      auto at = i / inner * inner * n + i % inner;
      f(from + at, to + at, n, inner);
    }
}

constexpr auto softmax_slice
  = []<class T, class Step>(const T* x, T* out, int64_t n, Step step) {
      shift(x, out, n, step);
      for (int64_t i = 0; i < n; ++i)
        out[i * step] = exponential(out[i * step]);
      double sum = 0;
      for (int64_t i = 0; i < n; ++i)
        sum += static_cast<double>(out[i * step]);
      auto total = sum == 0 ? T{1} : static_cast<T>(sum);
      for (int64_t i = 0; i < n; ++i)
        out[i * step] /= total;
    };

constexpr auto log_softmax_slice
  = []<class T, class Step>(const T* x, T* out, int64_t n, Step step) {
      shift(x, out, n, step);
      double sum = 0;
      for (int64_t i = 0; i < n; ++i)
        sum += static_cast<double>(exponential(out[i * step]));
      auto log_sum = sum == 0 ? T{0} : static_cast<T>(std::log(sum));
      for (int64_t i = 0; i < n; ++i)
        out[i * step] -= log_sum;
    };

} // namespace

result<tensor> softmax(const tensor& x, size_t axis) {
  if (!is_floating(x.type()))
    return fail(undefined_for(x.type()));
  auto out = tensor::uninitialised(x.type(), x.shape());
  if (x.type() == f32)
    for_each_slice<float>(x, out, axis, softmax_slice);
  else
    for_each_slice<double>(x, out, axis, softmax_slice);
  return out;
}

result<tensor> log_softmax(const tensor& x, size_t axis) {
  if (!is_floating(x.type()))
    return fail(undefined_for(x.type()));
  auto out = tensor::uninitialised(x.type(), x.shape());
  if (x.type() == f32)
    for_each_slice<float>(x, out, axis, log_softmax_slice);
  else
    for_each_slice<double>(x, out, axis, log_softmax_slice);
  return out;
}

} // namespace morph::kernels
