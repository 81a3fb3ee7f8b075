// Extents of a dense row-major tensor. A value of small, fixed size: no
// allocation.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>

namespace morph {

/// Marks an extent that is known only when a value arrives.
inline constexpr int64_t dyn = -1;

/// Up to `max_rank` extents, each `dyn` or >= 0.
class shape {
public:
  static constexpr size_t max_rank = 8;

  shape() = default;

  /// REQUIRES: at most `max_rank` extents, none below `dyn`; throws `failure`
  /// (MM0107) otherwise.
  shape(std::initializer_list<int64_t> dims);
  explicit shape(std::span<const int64_t> dims);

  size_t rank() const noexcept {
    return rank_;
  }

  int64_t operator[](size_t axis) const noexcept {
    return dims_[axis];
  }

  int64_t& operator[](size_t axis) noexcept {
    return dims_[axis];
  }

  std::span<const int64_t> dims() const noexcept {
    return {dims_.data(), rank_};
  }

  const int64_t* begin() const noexcept {
    return dims_.data();
  }

  const int64_t* end() const noexcept {
    return dims_.data() + rank_;
  }

  void push_back(int64_t extent);

  /// True if no extent is `dyn`.
  bool is_static() const noexcept;

  /// Number of elements; 1 for rank 0. REQUIRES: is_static().
  int64_t elements() const noexcept;

  friend bool operator==(const shape& a, const shape& b) noexcept;

private:
  std::array<int64_t, max_rank> dims_{};
  uint8_t rank_ = 0;
};

/// `[?, 64]`, `[]` for rank 0.
std::string to_string(const shape& x);

/// True if a value of shape `actual` may stand where `declared` is expected:
/// same rank, and equal extents where `declared` is not dynamic.
bool matches(const shape& declared, const shape& actual) noexcept;

} // namespace morph
