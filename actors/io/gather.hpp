// Several buffers written in one call, the last of them as often as asked for,
// without copies of it.
//
// Thread-safety: plain values.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace morph {

using const_bytes = std::span<const std::byte>;

inline const_bytes bytes_of(std::string_view x) noexcept {
  return std::as_bytes(std::span{x.data(), x.size()});
}

/// Bytes or text.
template <class T>
concept gatherable = std::convertible_to<
  const T&, const_bytes> || std::convertible_to<const T&, std::string_view>;

/// What a gathered write writes. Refers to the buffers. Takes no
/// `initializer_list`: g++ 12 has none inside a `co_await` expression.
class gathered {
public:
  gathered() = default;

  template <gatherable T, gatherable... Ts>
  gathered(const T& x, const Ts&... xs) : parts_{part(x), part(xs)...} {
    // nop
  }

  /// It would be gone before it is written.
  gathered(std::string&&) = delete;

  gathered(std::vector<const_bytes> xs) : parts_(std::move(xs)) {
    // nop
  }

  /// Writes the last buffer `n` times. REQUIRES: there is one, and the whole
  /// has less than 2^63 bytes.
  gathered repeat_last(uint64_t n) && {
    repeats_ = n;
    return std::move(*this);
  }

  /// Bytes of all of it.
  uint64_t size() const noexcept;

  std::span<const const_bytes> parts() const noexcept {
    return parts_;
  }

  uint64_t repeats() const noexcept {
    return repeats_;
  }

private:
  static const_bytes part(const_bytes x) noexcept {
    return x;
  }

  static const_bytes part(std::string_view x) noexcept {
    return bytes_of(x);
  }

  std::vector<const_bytes> parts_;
  uint64_t repeats_ = 1;
};

/// A place in what is gathered: hands out its next pieces.
///
/// Invariant: memory beyond the caller's is at most `block` bytes, which hold
/// a short last buffer several times so that it takes fewer pieces.
class gather_cursor {
public:
  static constexpr size_t block = size_t{1} << 16;

  explicit gather_cursor(gathered x);

  uint64_t left() const noexcept {
    return size_ - at_;
  }

  /// The next pieces, none of them empty, as many as fit; stays where it is.
  std::span<const const_bytes> peek(std::span<const_bytes> out) const noexcept;

  /// REQUIRES: `n <= left()`.
  void advance(uint64_t n) noexcept;

private:
  gathered all_;
  std::vector<std::byte> block_;
  const_bytes tail_;        ///< The last buffer, or several of it.
  uint64_t tail_begin_ = 0; ///< Where the repeated part starts.
  uint64_t size_ = 0;
  uint64_t at_ = 0;
  size_t part_ = 0;   ///< The part that holds `at_`, before the tail.
  size_t within_ = 0; ///< `at_` in that part.
};

} // namespace morph
