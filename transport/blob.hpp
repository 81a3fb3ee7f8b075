// Immutable shared bytes: what control messages and carriers move about.
//
// Thread-safety: as std::shared_ptr; the bytes are never changed.
// Invariant: copying a blob copies no bytes.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <utility>
#include <vector>

namespace morph {

class blob {
public:
  blob() noexcept = default;

  /// Takes over `bytes`.
  explicit blob(std::vector<std::byte> bytes) {
    if (bytes.empty())
      return;
    auto own = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    data_ = own->data();
    size_ = own->size();
    owner_ = std::move(own);
  }

  /// Refers to bytes that `owner` keeps alive and nobody changes.
  blob(std::span<const std::byte> bytes, std::shared_ptr<const void> owner)
    : owner_(std::move(owner)), data_(bytes.data()), size_(bytes.size()) {
    // nop
  }

  std::span<const std::byte> bytes() const noexcept {
    return {data_, size_};
  }

  const std::byte* data() const noexcept {
    return data_;
  }

  size_t size() const noexcept {
    return size_;
  }

  bool empty() const noexcept {
    return size_ == 0;
  }

  /// A part of the same bytes. REQUIRES: offset + n <= size().
  blob slice(size_t offset, size_t n) const {
    return blob{bytes().subspan(offset, n), owner_};
  }

private:
  std::shared_ptr<const void> owner_;
  const std::byte* data_ = nullptr;
  size_t size_ = 0;
};

} // namespace morph
