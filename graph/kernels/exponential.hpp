// Exponential and hyperbolic tangent of f32 without branches, so that loops
// over them become vector code, and the same bits on every processor. f64 goes
// to the standard library.
//
// Thread-safety: pure functions.
//
// Invariants:
// 1. The f32 results are within 2 units in the last place.
// 2. Infinities, NaN, overflow and denormals come out as from the standard
//    library.
#pragma once

#include <bit>
#include <cmath>
#include <cstdint>

namespace morph::kernels {

namespace detail {

/// 2 to the power of n, for n from -126 to 127.
inline float power_of_two(uint32_t n) noexcept {
  return std::bit_cast<float>((n + 127) << 23);
}

} // namespace detail

/// e to the power of x: x = n log 2 + r with |r| <= log(2) / 2, and a
/// polynomial through Chebyshev nodes for e^r.
inline float exponential(float x) noexcept {
  // Beyond these bounds the result is 0 or infinite; NaN passes both.
  auto z = x < -104.f ? -104.f : x;
  z = z > 89.f ? 89.f : z;
  // Adding 1.5 * 2^23 rounds to an integer and leaves it in the low bits.
  constexpr auto shift = 0x1.8p23f;
  auto biased = z * 0x1.715476p+0f + shift;
  auto n = std::bit_cast<uint32_t>(biased) - std::bit_cast<uint32_t>(shift);
  auto whole = biased - shift;
  // log 2 in two parts, of which the first times n is exact.
  auto r = (z - whole * 0x1.63p-1f) - whole * -0x1.bd0106p-13f;
  auto p = 0x1.a1252ap-13f;
  p = p * r + 0x1.6d4364p-10f;
  p = p * r + 0x1.1110e0p-7f;
  p = p * r + 0x1.5554e8p-5f;
  p = p * r + 0x1.555556p-3f;
  p = p * r + 0.5f;
  auto y = p * (r * r) + r + 1.f;
  // In two steps, as 2^n alone may be no normal number.
  auto half = static_cast<uint32_t>(static_cast<int32_t>(n) >> 1);
  return y * detail::power_of_two(half) * detail::power_of_two(n - half);
}

inline double exponential(double x) noexcept {
  return std::exp(x);
}

/// An odd polynomial near 0, where the quotient of exponentials would cancel.
inline float hyperbolic_tangent(float x) noexcept {
  auto a = std::fabs(x);
  auto e = exponential(-2.f * a);
  auto far = (1.f - e) / (1.f + e);
  auto z = a * a;
  auto p = 0x1.2c83a8p-9f;
  p = p * z + -0x1.116a10p-7f;
  p = p * z + 0x1.64a976p-6f;
  p = p * z + -0x1.ba08c4p-5f;
  p = p * z + 0x1.1110eap-3f;
  p = p * z + -0x1.555556p-2f;
  auto near = a + a * (z * p);
  return std::copysign(a < 0.625f ? near : far, x);
}

inline double hyperbolic_tangent(double x) noexcept {
  return std::tanh(x);
}

} // namespace morph::kernels
