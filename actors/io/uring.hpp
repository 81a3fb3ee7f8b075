// Files by io_uring: the system reads and writes, and tells an event loop.
//
// Thread-safety: all members may be called from any thread.
//
// Invariants:
// 1. Callbacks come from the loop.
// 2. The loop is kept running as long as something is under way, and no longer.
#pragma once

#include <morph/actors/io/asio_loop.hpp>
#include <morph/actors/io/posix_files.hpp>

namespace morph::detail {

class uring {
public:
  virtual ~uring();

  /// The callback gets what the system call would have returned, or minus its
  /// `errno`.
  using callback = std::function<void(int)>;

  virtual void read(posix_file_ptr f, uint64_t offset, std::span<std::byte> out,
                    std::stop_token stop, callback done)
    = 0;
  virtual void write(posix_file_ptr f, uint64_t offset,
                     std::span<const const_bytes> parts, std::stop_token stop,
                     callback done)
    = 0;
  virtual void sync(posix_file_ptr f, std::stop_token stop, callback done) = 0;
};

/// Null if this kernel, or what confines the process, has no io_uring.
std::shared_ptr<uring> make_uring(asio_loop_ptr loop);

} // namespace morph::detail
