// Choice and conversion of elements.
#include <morph/graph/kernels/elementwise.hpp>
#include <morph/graph/kernels/walk.hpp>

#include <limits>
#include <type_traits>

namespace morph::kernels {

namespace {

template <class T>
void select_run(const bool* c, int64_t step_c, const T* a, int64_t step_a,
                const T* b, int64_t step_b, T* out, int64_t n) {
  for (int64_t i = 0; i < n; ++i)
    out[i] = c[i * step_c] ? a[i * step_a] : b[i * step_b];
}

/// Shapes are equal: one run.
tensor select_all(const tensor& condition, const tensor& a, const tensor& b) {
  auto out = tensor::uninitialised(a.type(), a.shape());
  visit_dtype(a.type(), [&](auto zero) {
    using type = decltype(zero);
    select_run(condition.data<bool>(), 1, a.data<type>(), 1, b.data<type>(), 1,
               out.mutable_data<type>(), a.elements());
  });
  return out;
}

template <class To, class From>
To convert_one(From x) {
  if constexpr (std::is_same_v<To, bool>) {
    return x != 0;
  } else if constexpr (std::is_floating_point_v<
                         From> && std::is_integral_v<To>) {
    // The bounds as floating numbers; the upper one is a power of two, hence
    // exact, and lies just outside.
    constexpr auto low = static_cast<From>(std::numeric_limits<To>::min());
    constexpr auto high
      = static_cast<From>(std::numeric_limits<To>::max() / 2 + 1) * 2;
    if (x != x)
      return 0;
    if (x <= low)
      return std::numeric_limits<To>::min();
    if (x >= high)
      return std::numeric_limits<To>::max();
    return static_cast<To>(x);
  } else {
    return static_cast<To>(x);
  }
}

} // namespace

result<tensor> select(const tensor& condition, const tensor& a,
                      const tensor& b) {
  if (condition.type() != boolean)
    return fail(mixed_types(condition.type(), boolean));
  if (a.type() != b.type())
    return fail(mixed_types(a.type(), b.type()));
  if (condition.shape() == a.shape() && a.shape() == b.shape())
    return select_all(condition, a, b);
  auto s = broadcast_shape(a.shape(), b.shape());
  if (s)
    s = broadcast_shape(condition.shape(), *s);
  if (!s)
    return fail(std::move(s.error()));
  auto out = tensor::uninitialised(a.type(), *s);
  walk<3> w{*s,
            {broadcast_strides(condition.shape(), *s),
             broadcast_strides(a.shape(), *s),
             broadcast_strides(b.shape(), *s)}};
  visit_dtype(a.type(), [&](auto zero) {
    using type = decltype(zero);
    w.for_each_row([&](int64_t row, auto& at, int64_t n) {
      select_run(condition.data<bool>() + at[0], w.step(0),
                 a.data<type>() + at[1], w.step(1), b.data<type>() + at[2],
                 w.step(2), out.mutable_data<type>() + row, n);
    });
  });
  return out;
}

tensor convert(const tensor& x, dtype t) {
  if (x.type() == t)
    return x;
  auto out = tensor::uninitialised(t, x.shape());
  visit_dtype(x.type(), [&](auto from) {
    visit_dtype(t, [&](auto to) {
      auto* a = x.data<decltype(from)>();
      auto* z = out.mutable_data<decltype(to)>();
      for (int64_t i = 0, n = x.elements(); i < n; ++i)
        z[i] = convert_one<decltype(to)>(a[i]);
    });
  });
  return out;
}

} // namespace morph::kernels
