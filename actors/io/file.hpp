// An open file.
//
// Thread-safety: handles may be copied and used from any thread; operations
// may overlap. The file closes with its last handle and operation.
#pragma once

#include <morph/actors/io/device.hpp>
#include <morph/actors/io/stream.hpp>

#include <vector>

namespace morph {

class file {
public:
  /// No file. REQUIRES of all else: not this.
  file() = default;

  explicit file(std::shared_ptr<file_device> x) : device_(std::move(x)) {
    // nop
  }

  const std::string& name() const noexcept {
    return device_->name();
  }

  io_operation<uint64_t> size() const;

  /// Fills `out`, less of it only where the file ends; returns how much.
  /// MM0406 if that fails.
  io_operation<size_t> read(uint64_t offset, std::span<std::byte> out) const;

  /// `n` bytes; MM0402 if the file ends before. Nothing is allocated then.
  io_operation<std::vector<std::byte>> read_exactly(uint64_t offset,
                                                    uint64_t n) const;

  /// All there is, in pieces.
  io_operation<std::vector<std::byte>> read_all() const;

  /// Writes all of it, in as few calls as the system allows; the file grows as
  /// needed. MM0405 if that fails: some of it may be written.
  io_operation<void> write(uint64_t offset, gathered what) const;

  /// Waits until what was written is on the disk.
  io_operation<void> sync() const;

  /// Reads or writes from here on, through buffers.
  stream sequential(uint64_t offset = 0) const;

private:
  std::shared_ptr<file_device> device_;
};

} // namespace morph
