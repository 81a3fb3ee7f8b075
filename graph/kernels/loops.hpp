// Inner loops of elementwise ops: one function per op and element type, over
// runs of elements. A table of them is all that the elementwise kernels are.
//
// Thread-safety: pure functions and constants.
//
// Invariant: each result element depends on its operand elements alone, so a
// run may be cut anywhere.
#pragma once

#include <morph/graph/dtype.hpp>

#include <array>
#include <cstddef>
#include <cstdint>

namespace morph::kernels {

/// Indexed by dtype; null where the op is not defined.
template <class Loop>
using by_dtype = std::array<Loop, 7>;

/// out[i] = f(x[i]) for i in 0 .. n - 1.
using unary_loop = void (*)(const std::byte* x, std::byte* out, int64_t n);

/// out[i] = f(a[i * step_a], b[i * step_b]); steps are 0 or 1.
using binary_loop
  = void (*)(const std::byte* a, int64_t step_a, const std::byte* b,
             int64_t step_b, std::byte* out, int64_t n);

namespace detail {

template <class T>
const T* elements(const std::byte* x) noexcept {
  return reinterpret_cast<const T*>(x);
}

template <class T>
T* elements(std::byte* x) noexcept {
  return reinterpret_cast<T*>(x);
}

template <class F, class T>
void unary_run(const std::byte* x, std::byte* out, int64_t n) {
  using type = decltype(F::apply(T{}));
  auto* a = elements<T>(x);
  auto* z = elements<type>(out);
  for (int64_t i = 0; i < n; ++i)
    z[i] = F::apply(a[i]);
}

template <class F, class T>
void binary_run(const std::byte* x, int64_t step_x, const std::byte* y,
                int64_t step_y, std::byte* out, int64_t n) {
  using type = decltype(F::apply(T{}, T{}));
  auto* a = elements<T>(x);
  auto* b = elements<T>(y);
  auto* z = elements<type>(out);
  if (step_x != 0 && step_y != 0) {
    for (int64_t i = 0; i < n; ++i)
      z[i] = F::apply(a[i], b[i]);
  } else if (step_x != 0) {
    for (int64_t i = 0; i < n; ++i)
      z[i] = F::apply(a[i], *b);
  } else if (step_y != 0) {
    for (int64_t i = 0; i < n; ++i)
      z[i] = F::apply(*a, b[i]);
  } else {
    for (int64_t i = 0; i < n; ++i)
      z[i] = F::apply(*a, *b);
  }
}

} // namespace detail

/// The loops of functor `F` over element types `Ts`.
template <class F, class... Ts>
constexpr by_dtype<unary_loop> unary_loops() {
  by_dtype<unary_loop> out{};
  ((out[static_cast<size_t>(dtype_v<Ts>)] = detail::unary_run<F, Ts>), ...);
  return out;
}

template <class F, class... Ts>
constexpr by_dtype<binary_loop> binary_loops() {
  by_dtype<binary_loop> out{};
  ((out[static_cast<size_t>(dtype_v<Ts>)] = detail::binary_run<F, Ts>), ...);
  return out;
}

} // namespace morph::kernels
