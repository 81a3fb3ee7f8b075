// Files, sockets and timers on an event loop of Boost.Asio: the `io` of
// runtimes with threads.
//
// Thread-safety: as `io`. Callbacks come from a thread that runs the loop and
// must not block it.
//
// Invariants:
// 1. With a loop of the user's there is no thread of ours: files are read and
//    written by io_uring or, where the system has none, on the loop itself.
// 2. With a loop of its own, what may block (files without io_uring, and names
//    of files) has one more thread, which starts when it is first needed.
// 3. Destruction completes what is under way as cancelled. On a user's loop
//    the callbacks come when it next runs.
#pragma once

#include <morph/actors/io/io.hpp>

#include <memory>

namespace boost::asio {

class io_context;

} // namespace boost::asio

namespace morph {

struct asio_options {
  /// That run the loop, if it is ours.
  unsigned threads = 1;
  /// Files by io_uring, if the system has it.
  bool io_uring = true;
};

class asio_io final : public io {
public:
  /// Runs a loop of its own.
  explicit asio_io(const asio_options& options = {});

  /// Uses a loop that somebody else runs, and that outlives all that is made
  /// with this object.
  explicit asio_io(boost::asio::io_context& loop,
                   const asio_options& options = {});

  ~asio_io() override;

  std::string_view name() const noexcept override {
    return "asio";
  }

  bool overlaps() const noexcept override {
    return true;
  }

  /// Whether files go through io_uring.
  bool uses_io_uring() const noexcept;

protected:
  void start_open(const path& p, open_mode mode,
                  io_callback<file_ptr> done) override;
  void start_draft(const path& target, io_callback<drafted> done) override;
  void start_rename(const path& from, const path& to,
                    io_callback<void> done) override;
  void start_remove(const path& p, io_callback<void> done) override;
  void start_sync_folder(const path& p, io_callback<void> done) override;
  void start_listen(const endpoint& where,
                    io_callback<listener_ptr> done) override;
  void start_connect(const endpoint& to, std::stop_token stop,
                     io_callback<byte_ptr> done) override;
  void start_wait(int64_t when, std::stop_token stop,
                  io_callback<void> done) override;

private:
  class impl;
  std::unique_ptr<impl> impl_;
};

} // namespace morph
