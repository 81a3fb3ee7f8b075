// Plain system calls on the caller's thread: the `io` of the inline runtime.
// An operation is complete before its start returns.
//
// Thread-safety: as `io`; a stop token ends a wait from another thread.
//
// Invariants:
// 1. Nothing waits for what only this thread could do: such an operation is
//    refused (MM0511). That is an accept for which no peer has come yet, and
//    reading from or writing to a peer that was connected here and is not
//    ready.
// 2. Other waits, for a timer or for another process, block the thread.
#pragma once

#include <morph/actors/io/io.hpp>

#include <memory>

namespace morph {

struct blocking_options {
  /// Lets `accept` wait for peers: for programs whose clients are other
  /// processes.
  bool clients_elsewhere = false;
};

class blocking_io final : public io {
public:
  explicit blocking_io(const blocking_options& options = {});

  ~blocking_io() override;

  std::string_view name() const noexcept override {
    return "blocking";
  }

  bool overlaps() const noexcept override {
    return false;
  }

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
  struct own_peers;
  blocking_options options_;
  std::shared_ptr<own_peers> own_;
};

} // namespace morph
