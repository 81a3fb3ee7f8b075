// A connection, or a file from one place on, with its buffers: small reads and
// writes cost a copy and no virtual call.
//
// Thread-safety: handles may be copied; at most one read and one write are
// under way at a time, which may overlap each other.
//
// Invariants:
// 1. There is a buffer only as long as there is something in it: an idle
//    connection has none.
// 2. What `write` has taken is sent by the next `flush`, or when the buffer is
//    full; closing drops the rest. A small write is taken when it is made,
//    not when it is awaited.
#pragma once

#include <morph/actors/io/device.hpp>

#include <algorithm>
#include <cstring>
#include <string>

namespace morph {

class stream {
public:
  /// Bytes of each of the two buffers.
  static constexpr size_t buffer_size = 4096;

  /// No stream. REQUIRES of all else: not this.
  stream() = default;

  explicit stream(std::shared_ptr<byte_device> x)
    : state_(std::make_shared<state>(std::move(x))) {
    // nop
  }

  /// The peer's address, or the file.
  const std::string& name() const noexcept {
    return state_->device->name();
  }

  /// What is there, at least a byte; 0 when nothing more will come.
  io_operation<size_t> read_some(std::span<std::byte> out) const {
    if (auto n = state_->take(out); n > 0 || out.empty())
      return io_operation<size_t>{n};
    return read_more(state_, out);
  }

  /// Fills `out`; MM0402 if the stream ends before.
  io_operation<void> read_exactly(std::span<std::byte> out) const {
    if (state_->end - state_->begin < out.size())
      return read_rest(state_, out);
    state_->take(out);
    return io_operation<void>{result<void>{}};
  }

  /// Up to the next `mark`, which is taken and left out; MM0402 if the stream
  /// ends before, MM0607 if it does not come within `most` bytes.
  io_operation<std::string> read_until(char mark, size_t most = 1 << 16) const;

  /// Takes all of it: small writes wait in the buffer, others go out with it
  /// in one gathered call.
  io_operation<void> write(gathered what) const {
    if (state_->put(what))
      return io_operation<void>{result<void>{}};
    return write_out(state_, std::move(what));
  }

  /// Sends what waits in the buffer.
  io_operation<void> flush() const {
    if (state_->pending == 0)
      return io_operation<void>{result<void>{}};
    return write_out(state_, {});
  }

  /// The peer reads an end after what was flushed; this side may still read.
  void finish_writing() const {
    state_->device->finish_writing();
  }

  /// Ends what is under way as if cancelled. Dropping the last handle closes
  /// too.
  void close() const {
    state_->device->close();
  }

private:
  struct state {
    explicit state(std::shared_ptr<byte_device> x) : device(std::move(x)) {
      // nop
    }

    size_t take(std::span<std::byte> out) noexcept {
      auto n = std::min(out.size(), end - begin);
      if (n > 0)
        std::memcpy(out.data(), in.get() + begin, n);
      begin += n;
      return n;
    }

    bool put(const gathered& what) {
      auto n = what.size();
      if (n > buffer_size - pending)
        return false;
      if (!out)
        out = std::make_unique<std::byte[]>(buffer_size);
      auto append = [this](const_bytes x) {
        if (!x.empty())
          std::memcpy(out.get() + pending, x.data(), x.size());
        pending += x.size();
      };
      auto parts = what.parts();
      for (size_t i = 0; i + 1 < parts.size(); ++i)
        append(parts[i]);
      if (!parts.empty() && !parts.back().empty())
        for (uint64_t i = 0; i < what.repeats(); ++i)
          append(parts.back());
      return true;
    }

    std::shared_ptr<byte_device> device;
    std::unique_ptr<std::byte[]> in;
    std::unique_ptr<std::byte[]> out;
    size_t begin = 0;   ///< What is read and not yet taken
    size_t end = 0;     ///< lies between these two.
    size_t pending = 0; ///< What is written and not yet sent.
  };

  using state_ptr = std::shared_ptr<state>;

  static io_operation<size_t> fill(state_ptr s);
  static io_operation<size_t> read_more(state_ptr s, std::span<std::byte> out);
  static io_operation<void> read_rest(state_ptr s, std::span<std::byte> out);
  static io_operation<std::string> find(state_ptr s, char mark, size_t most);
  static io_operation<void> write_out(state_ptr s, gathered what);

  state_ptr state_;
};

/// Waits for connections.
class listener {
public:
  listener() = default;

  explicit listener(std::shared_ptr<listener_device> x)
    : device_(std::move(x)) {
    // nop
  }

  /// The address with the port that was really taken.
  const endpoint& where() const noexcept {
    return device_->where();
  }

  /// One at a time. MM0406 if that fails.
  io_operation<stream> accept() const;

  /// Ends what is under way as if cancelled. Dropping the last handle closes
  /// too.
  void close() const {
    device_->close();
  }

private:
  std::shared_ptr<listener_device> device_;
};

} // namespace morph
