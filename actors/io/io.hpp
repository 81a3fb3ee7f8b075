// Files, sockets and timers as a runtime offers them. There is no global one:
// what runs gets the `io` of its runtime, `rt.io()`.
//
//   auto f = co_await rt.io().open("rows.bin");
//   auto n = co_await f->read(0, buffer);
//
// Thread-safety: all members may be called from any thread, save where an
// implementation says otherwise. It outlives what is made with it and the
// start of its operations.
//
// Invariants:
// 1. Nothing is buffered here, and nothing happens that was not asked for.
// 2. Errors name the file or address and the system's reason.
#pragma once

#include <morph/actors/io/file.hpp>
#include <morph/actors/io/stream.hpp>

#include <chrono>
#include <filesystem>
#include <string_view>

namespace morph {

enum class open_mode : uint8_t {
  read,     ///< What is there.
  write,    ///< What is there, or a new file; may be read too.
  create,   ///< A new file; fails if there is one.
  truncate, ///< As `write`, and drops what was there.
};

/// A file that is to take the place of another.
struct file_draft {
  file content;
  std::filesystem::path path;   ///< Of the draft, in the folder of the target.
  std::filesystem::path target; ///< With symbolic links followed.
};

class io {
public:
  using path = std::filesystem::path;

  io() = default;
  io(const io&) = delete;
  io& operator=(const io&) = delete;
  virtual ~io();

  virtual std::string_view name() const noexcept = 0;

  /// Whether operations go on while their caller does something else.
  virtual bool overlaps() const noexcept = 0;

  /// Nanoseconds of the clock that `wait_until` waits for.
  virtual int64_t now() const noexcept;

  /// Regular files only. MM0401 if that fails.
  io_operation<file> open(path p, open_mode mode = open_mode::read);

  /// A new file beside `target`, with the permissions of the latter if it
  /// exists: see `save_file`. MM0405 if that fails.
  io_operation<file_draft> draft(path target);

  /// Replaces a file of the new name. MM0405 if that fails.
  io_operation<void> rename(path from, path to);

  /// MM0405 if that fails, also if there is no such file.
  io_operation<void> remove(path p);

  /// Waits until files that were made, renamed or removed in this folder are
  /// so on the disk. MM0405 if that fails.
  io_operation<void> sync_folder(path p);

  /// `where.host` is a numeric address or `localhost`; port 0: any free one.
  /// MM0603 if it is taken, MM0601 if it is no address of this machine.
  io_operation<listener> listen(endpoint where = {});

  /// MM0601 if that fails; the host as for `listen`.
  io_operation<stream> connect(endpoint to);

  /// Until `now() >= when`.
  io_operation<void> wait_until(int64_t when);

  io_operation<void> wait_for(std::chrono::nanoseconds x) {
    return wait_until(now() + x.count());
  }

protected:
  using file_ptr = std::shared_ptr<file_device>;
  using byte_ptr = std::shared_ptr<byte_device>;
  using listener_ptr = std::shared_ptr<listener_device>;

  /// A draft whose file is not wrapped yet.
  struct drafted {
    file_ptr device;
    path draft;
    path target;
  };

  // As in device.hpp; the io lives until the callback.
  virtual void start_open(const path& p, open_mode mode,
                          io_callback<file_ptr> done)
    = 0;
  virtual void start_draft(const path& target, io_callback<drafted> done) = 0;
  virtual void start_rename(const path& from, const path& to,
                            io_callback<void> done)
    = 0;
  virtual void start_remove(const path& p, io_callback<void> done) = 0;
  virtual void start_sync_folder(const path& p, io_callback<void> done) = 0;
  virtual void start_listen(const endpoint& where,
                            io_callback<listener_ptr> done)
    = 0;
  virtual void start_connect(const endpoint& to, std::stop_token stop,
                             io_callback<byte_ptr> done)
    = 0;
  virtual void start_wait(int64_t when, std::stop_token stop,
                          io_callback<void> done)
    = 0;
};

} // namespace morph
