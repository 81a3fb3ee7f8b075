// What an implementation of `io` provides: files and sockets without buffers
// and without loops. Programs use `file`, `stream` and `listener`, which have
// both.
//
// Thread-safety: as the implementation says; at most one read and one write
// of a byte device are under way at a time.
//
// Invariants of every function with a callback:
// 1. The callback is called exactly once, maybe before the function returns.
// 2. The device lives as long as what it was asked for is under way.
// 3. Spans are valid until then.
#pragma once

#include <morph/actors/io/gather.hpp>
#include <morph/actors/io/operation.hpp>
#include <morph/transport/endpoint.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <stop_token>
#include <string>

namespace morph {

/// The most pieces that one gathered call is given.
inline constexpr size_t max_pieces = 64;

class file_device {
public:
  virtual ~file_device();

  /// For errors.
  virtual const std::string& name() const noexcept = 0;

  virtual void size(std::stop_token stop, io_callback<uint64_t> done) = 0;

  /// May read less than asked for; 0 at the end of the file.
  virtual void read_some(uint64_t offset, std::span<std::byte> out,
                         std::stop_token stop, io_callback<size_t> done)
    = 0;

  /// May write less than asked for, but not nothing.
  virtual void write_some(uint64_t offset, std::span<const const_bytes> parts,
                          std::stop_token stop, io_callback<size_t> done)
    = 0;

  /// Until what was written is on the disk.
  virtual void sync(std::stop_token stop, io_callback<void> done) = 0;
};

class byte_device {
public:
  virtual ~byte_device();

  /// For errors: the peer's address, or the file.
  virtual const std::string& name() const noexcept = 0;

  /// May read less than asked for; 0 when nothing more will come.
  virtual void read_some(std::span<std::byte> out, std::stop_token stop,
                         io_callback<size_t> done)
    = 0;

  /// May wait until there is something to read, so that whoever waits needs no
  /// buffer meanwhile; calls back at once where that costs more than it saves.
  virtual void wait_readable(std::stop_token stop, io_callback<void> done);

  /// May write less than asked for, but not nothing.
  virtual void write_some(std::span<const const_bytes> parts,
                          std::stop_token stop, io_callback<size_t> done)
    = 0;

  /// The peer reads an end; this side may still read.
  virtual void finish_writing() = 0;

  /// Ends what is under way as if cancelled.
  virtual void close() = 0;
};

class listener_device {
public:
  virtual ~listener_device();

  virtual const endpoint& where() const noexcept = 0;

  virtual void accept(std::stop_token stop,
                      io_callback<std::shared_ptr<byte_device>> done)
    = 0;

  /// Ends what is under way as if cancelled.
  virtual void close() = 0;
};

} // namespace morph
