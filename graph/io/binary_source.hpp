// Where binary formats are read from: a file or bytes in memory. Counts the
// offset, so that an error can name the place, and knows the size, so that a
// reader can check a length before it allocates.
//
// Thread-safety: none; use one object per thread.
//
// Invariants:
// 1. `offset() <= size()`.
// 2. A failed read changes nothing that the caller may rely on; stop then.
#pragma once

#include <morph/graph/error.hpp>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace morph {

class binary_source {
public:
  /// Opens a regular file; MM0401 if that fails.
  static result<binary_source> open(const std::filesystem::path& path);

  /// Reads from `bytes`, which must outlive the source; `name` stands in
  /// errors for that of a file.
  static binary_source memory(std::span<const std::byte> bytes,
                              std::string name);

  binary_source(binary_source&& other) noexcept;
  binary_source& operator=(binary_source&& other) noexcept;
  ~binary_source();

  uint64_t size() const noexcept {
    return size_;
  }

  uint64_t offset() const noexcept {
    return offset_;
  }

  uint64_t remaining() const noexcept {
    return size_ - offset_;
  }

  /// Fills `out`; MM0402 naming `what` if fewer bytes are left.
  result<void> read(std::span<std::byte> out, std::string_view what);

  /// Reads `n` bytes; nothing is allocated if fewer are left.
  result<std::vector<std::byte>> take(uint64_t n, std::string_view what);

  /// Moves to another place. REQUIRES: `offset <= size()`.
  void seek(uint64_t offset) noexcept {
    offset_ = offset;
  }

  /// An error about what stands at `offset`.
  error at(uint64_t offset, errc code, std::string_view what) const;

  /// An error about the current place.
  error here(errc code, std::string_view what) const {
    return at(offset_, code, what);
  }

private:
  binary_source() = default;

  std::string name_;
  std::span<const std::byte> bytes_;
  int fd_ = -1;
  uint64_t size_ = 0;
  uint64_t offset_ = 0;
};

} // namespace morph
