// Bytes in and out: little-endian, bounded, floats as their bit patterns.
//
// `byte_writer` and `byte_reader` are inspectors in the style of CAF 1.x:
// `inspect(f, x)` with `f.object(x).fields(f.field("a", x.a))` works on both,
// and so does the older `f(x.a, x.b)`. A reader never trusts its input: each
// length is compared with the bytes that are left before anything is
// allocated, and after a failure every further read fails too.
//
// Thread-safety: none; use one object per thread.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace morph {

static_assert(std::endian::native == std::endian::little,
              "the wire format is little-endian and written by memcpy");

class byte_writer;
class byte_reader;

namespace detail {

template <class T>
concept raw_number = std::is_arithmetic_v<T> || std::is_enum_v<T>;

/// What `field("name", x)` returns: applies the inspector to `x`.
template <class T>
struct field_ref {
  T& ref;
};

/// What `object(x)` returns: applies the inspector to a list of fields.
template <class Inspector>
struct object_ref {
  Inspector& f;

  template <class... Ts>
  bool fields(field_ref<Ts>... xs) {
    return (f.apply(xs.ref) && ...);
  }
};

} // namespace detail

/// A type that `inspect(f, x)` accepts.
template <class Inspector, class T>
concept inspectable = requires(Inspector& f, T& x) {
  inspect(f, x);
};

/// Appends to a byte vector.
class byte_writer {
public:
  using result_type = bool;
  static constexpr bool is_loading = false;

  std::vector<std::byte>& bytes() noexcept {
    return bytes_;
  }

  std::vector<std::byte> take() noexcept {
    return std::move(bytes_);
  }

  void raw(const void* data, size_t n) {
    auto* p = static_cast<const std::byte*>(data);
    bytes_.insert(bytes_.end(), p, p + n);
  }

  template <class T>
  bool apply(const T& x) {
    if constexpr (detail::raw_number<T>) {
      raw(&x, sizeof(T));
      return true;
    } else {
      return save(x);
    }
  }

  template <class... Ts>
  bool operator()(const Ts&... xs) {
    return (apply(xs) && ...);
  }

  template <class T>
  auto object(T&) {
    return detail::object_ref<byte_writer>{*this};
  }

  template <class T>
  auto field(std::string_view, T& x) {
    return detail::field_ref<T>{x};
  }

private:
  bool save(const std::string& x) {
    apply(static_cast<uint64_t>(x.size()));
    raw(x.data(), x.size());
    return true;
  }

  template <class T>
  bool save(const std::vector<T>& xs) {
    apply(static_cast<uint64_t>(xs.size()));
    if constexpr (detail::raw_number<T> && !std::is_same_v<T, bool>) {
      raw(xs.data(), xs.size() * sizeof(T));
      return true;
    } else {
      for (const auto& x : xs)
        if (!apply(static_cast<const T&>(x)))
          return false;
      return true;
    }
  }

  template <class T, size_t N>
  bool save(const std::array<T, N>& xs) {
    for (const auto& x : xs)
      if (!apply(x))
        return false;
    return true;
  }

  template <class T>
  bool save(const std::optional<T>& x) {
    return apply(x.has_value()) && (!x || apply(*x));
  }

  template <class A, class B>
  bool save(const std::pair<A, B>& x) {
    return apply(x.first) && apply(x.second);
  }

  template <class K, class V>
  bool save(const std::map<K, V>& xs) {
    apply(static_cast<uint64_t>(xs.size()));
    for (const auto& x : xs)
      if (!apply(x.first) || !apply(x.second))
        return false;
    return true;
  }

  template <class T>
    requires inspectable<byte_writer, T>

  bool save(const T& x) {
    // An inspector takes its object by reference for the sake of loading.
    return static_cast<bool>(inspect(*this, const_cast<T&>(x)));
  }

  std::vector<std::byte> bytes_;
};

/// Reads from a span that outlives it.
class byte_reader {
public:
  using result_type = bool;
  static constexpr bool is_loading = true;

  explicit byte_reader(std::span<const std::byte> bytes) : rest_(bytes) {
    // nop
  }

  size_t remaining() const noexcept {
    return rest_.size();
  }

  bool ok() const noexcept {
    return ok_;
  }

  /// Marks the input as malformed; returns false for `return f.reject();`.
  bool reject() noexcept {
    ok_ = false;
    rest_ = {};
    return false;
  }

  bool raw(void* data, size_t n) {
    if (!ok_ || n > rest_.size())
      return reject();
    if (n > 0)
      std::memcpy(data, rest_.data(), n);
    rest_ = rest_.subspan(n);
    return true;
  }

  /// Hands out the next `n` bytes without a copy.
  std::optional<std::span<const std::byte>> view(size_t n) {
    if (!ok_ || n > rest_.size()) {
      reject();
      return std::nullopt;
    }
    auto out = rest_.first(n);
    rest_ = rest_.subspan(n);
    return out;
  }

  template <class T>
  bool apply(T& x) {
    if constexpr (std::is_same_v<T, bool>) {
      uint8_t y = 0;
      if (!raw(&y, 1) || y > 1)
        return reject();
      x = y != 0;
      return true;
    } else if constexpr (detail::raw_number<T>) {
      return raw(&x, sizeof(T));
    } else {
      return load(x);
    }
  }

  template <class... Ts>
  bool operator()(Ts&... xs) {
    return (apply(xs) && ...);
  }

  template <class T>
  auto object(T&) {
    return detail::object_ref<byte_reader>{*this};
  }

  template <class T>
  auto field(std::string_view, T& x) {
    return detail::field_ref<T>{x};
  }

  /// Reads a number of elements that take at least `least` bytes each.
  bool length(uint64_t& n, size_t least) {
    return apply(n)
           && (n <= rest_.size() / (least > 0 ? least : 1) || reject());
  }

private:
  bool load(std::string& x) {
    uint64_t n = 0;
    if (!length(n, 1))
      return false;
    x.resize(n);
    return raw(x.data(), n);
  }

  template <class T>
  bool load(std::vector<T>& xs) {
    uint64_t n = 0;
    if constexpr (detail::raw_number<T> && !std::is_same_v<T, bool>) {
      if (!length(n, sizeof(T)))
        return false;
      xs.resize(n);
      return raw(xs.data(), n * sizeof(T));
    } else {
      if (!length(n, 1))
        return false;
      xs.clear();
      for (uint64_t i = 0; i < n; ++i) {
        T x{};
        if (!apply(x))
          return false;
        xs.push_back(std::move(x));
      }
      return true;
    }
  }

  template <class T, size_t N>
  bool load(std::array<T, N>& xs) {
    for (auto& x : xs)
      if (!apply(x))
        return false;
    return true;
  }

  template <class T>
  bool load(std::optional<T>& x) {
    bool has = false;
    if (!apply(has))
      return false;
    x.reset();
    return !has || apply(x.emplace());
  }

  template <class A, class B>
  bool load(std::pair<A, B>& x) {
    return apply(x.first) && apply(x.second);
  }

  template <class K, class V>
  bool load(std::map<K, V>& xs) {
    uint64_t n = 0;
    if (!length(n, 1))
      return false;
    xs.clear();
    for (uint64_t i = 0; i < n; ++i) {
      K k{};
      V v{};
      if (!apply(k) || !apply(v))
        return false;
      xs.emplace(std::move(k), std::move(v));
    }
    return true;
  }

  template <class T>
    requires inspectable<byte_reader, T>

  bool load(T& x) {
    return static_cast<bool>(inspect(*this, x)) || reject();
  }

  std::span<const std::byte> rest_;
  bool ok_ = true;
};

} // namespace morph
