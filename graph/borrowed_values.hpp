// A row of value handles that share payloads without counting references: how
// arguments are passed to kernels.
//
// Thread-safety: none; lives on the stack of one call.
//
// Invariant: a borrowed handle is never destroyed, so neither is its
// reference. What it was made from must outlive the row, and no one may ask a
// borrowed value whether it is `unique()`.
#pragma once

#include <morph/graph/value.hpp>

#include <array>
#include <cstddef>
#include <memory>
#include <new>
#include <span>

namespace morph {

/// Uninitialised memory for handles; on the stack unless there are more than
/// `Inline`.
template <size_t Inline>
class handle_memory {
public:
  explicit handle_memory(size_t n) {
    if (n > Inline)
      large_.reset(new storage[n]);
  }

  value* data() noexcept {
    return reinterpret_cast<value*>(large_ ? large_.get() : small_.data());
  }

private:
  struct alignas(value) storage {
    std::byte bytes[sizeof(value)];
  };

  std::array<storage, Inline> small_;
  std::unique_ptr<storage[]> large_;
};

/// Puts a borrowed handle to the payload of `x` into raw memory.
inline void borrow(value* where, const value& x) noexcept {
  new (where) value(value::adopt(x.rep()));
}

/// Up to `capacity` borrowed handles in a row.
template <size_t Inline>
class borrowed_values {
public:
  explicit borrowed_values(size_t capacity) : memory_(capacity) {
    // nop
  }

  /// REQUIRES: there is capacity left.
  void push_back(const value& x) noexcept {
    borrow(memory_.data() + size_++, x);
  }

  std::span<const value> view() noexcept {
    return {memory_.data(), size_};
  }

private:
  handle_memory<Inline> memory_;
  size_t size_ = 0;
};

} // namespace morph
