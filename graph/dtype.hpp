// Element types of tensors.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace morph {

/// Element type. The numbers are part of the wire format.
enum class dtype : uint8_t {
  f32 = 1,
  f64 = 2,
  i32 = 3,
  i64 = 4,
  u8 = 5,
  boolean = 6,
};

inline constexpr dtype f32 = dtype::f32;
inline constexpr dtype f64 = dtype::f64;
inline constexpr dtype i32 = dtype::i32;
inline constexpr dtype i64 = dtype::i64;
inline constexpr dtype u8 = dtype::u8;
inline constexpr dtype boolean = dtype::boolean;

/// Bytes per element.
constexpr size_t size_of(dtype t) noexcept {
  switch (t) {
    case dtype::f32:
    case dtype::i32:
      return 4;
    case dtype::f64:
    case dtype::i64:
      return 8;
    default:
      return 1;
  }
}

/// Floating-point types carry gradients; others never do.
constexpr bool is_floating(dtype t) noexcept {
  return t == dtype::f32 || t == dtype::f64;
}

/// `f32`, `bool`, ...
constexpr std::string_view to_string(dtype t) noexcept {
  switch (t) {
    case dtype::f32:
      return "f32";
    case dtype::f64:
      return "f64";
    case dtype::i32:
      return "i32";
    case dtype::i64:
      return "i64";
    case dtype::u8:
      return "u8";
    case dtype::boolean:
      return "bool";
  }
  return "?";
}

/// Inverse of `to_string`.
std::optional<dtype> parse_dtype(std::string_view text) noexcept;

/// Inverse of the cast to a number; rejects what is no element type.
std::optional<dtype> dtype_from_wire(uint8_t number) noexcept;

/// Maps a C++ type to its dtype.
template <class T>
struct dtype_of;

template <>
struct dtype_of<float> {
  static constexpr dtype value = dtype::f32;
};

template <>
struct dtype_of<double> {
  static constexpr dtype value = dtype::f64;
};

template <>
struct dtype_of<int32_t> {
  static constexpr dtype value = dtype::i32;
};

template <>
struct dtype_of<int64_t> {
  static constexpr dtype value = dtype::i64;
};

template <>
struct dtype_of<uint8_t> {
  static constexpr dtype value = dtype::u8;
};

template <>
struct dtype_of<bool> {
  static constexpr dtype value = dtype::boolean;
};

template <class T>
inline constexpr dtype dtype_v = dtype_of<T>::value;

/// Calls `f(T{})` with the C++ type of `t`.
template <class F>
decltype(auto) visit_dtype(dtype t, F&& f) {
  switch (t) {
    case dtype::f32:
      return f(float{});
    case dtype::f64:
      return f(double{});
    case dtype::i32:
      return f(int32_t{});
    case dtype::i64:
      return f(int64_t{});
    case dtype::u8:
      return f(uint8_t{});
    default:
      return f(bool{});
  }
}

} // namespace morph
