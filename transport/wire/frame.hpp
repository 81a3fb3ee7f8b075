// Frames: what links say to each other. docs/wire_format.md describes the
// bytes.
//
// Thread-safety: plain values and pure functions.
//
// Invariants:
// 1. Decoding never allocates more than a small multiple of the bytes that
//    were received: lengths are compared with what is left first.
// 2. Decoding fails with MM0605 for anything that `put` cannot have written,
//    and never throws. What cannot be read of a payload alone becomes
//    `undecodable`: it concerns one step, not the link.
// 3. Numbers are copied bit for bit.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>
#include <morph/transport/mailbox.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <variant>
#include <vector>

namespace morph::wire {

/// First byte of a frame. Part of the wire format.
enum class kind : uint8_t {
  forward = 1,
  backward = 2,
  recall = 3,
  begin_step = 4,
  commit_step = 5,
  cancel_step = 6,
  ready = 7,
  failed = 8,
  control = 9,
  control_reply = 10,
  unchanged = 11,
  forget = 12,
  forget_all = 13,
  chunk = 14,
  ack = 15,
  goodbye = 16,
  announced_forward = 17,
  announced_backward = 18,
  announced_control = 19,
  announced_control_reply = 20,
};

/// Frame flag: the receiver keeps this payload until told otherwise.
inline constexpr uint8_t keep = 1;

/// Bytes before the body of a frame: kind, flags, two zeros, length.
inline constexpr size_t frame_header_size = 8;

/// Stands for a `forward` whose payload was sent before and kept.
struct unchanged {
  uint64_t to = 0;
  uint32_t port = 0;
  uint64_t step = 0;
  uint64_t version = 0;
  uint8_t flags = 0;
};

/// The sender will not refer to this payload again.
struct forget {
  uint64_t to = 0;
  uint32_t port = 0;
};

/// The same for all payloads of a deployment.
struct forget_all {
  uint32_t deployment = 0;
};

/// Bytes of an announced payload; they are the body of the batch.
struct chunk {
  uint32_t transfer = 0;
  uint64_t offset = 0;
  uint32_t bytes = 0;
};

/// Returns credit for bulk bytes.
struct ack {
  uint64_t bytes = 0;
};

/// The sender closes the link.
struct goodbye {
  error why;
};

/// What a large payload will be.
struct announcement {
  enum class form : uint8_t {
    encoded = 0, ///< The encoding of a value, or a blob as it is.
    tensor = 1,  ///< The elements of a tensor.
  };

  uint32_t transfer = 0;
  uint64_t bytes = 0;
  form as = form::encoded;
  dtype type = dtype::f32;
  morph::shape extents;
};

/// A message whose payload follows in chunks.
template <class T>
struct announced {
  T message; ///< With a null payload or an empty body.
  announcement what;
};

using payload = std::variant<forward, backward, recall, begin_step, commit_step,
                             cancel_step, ready, failed, control, control_reply,
                             unchanged, forget, forget_all, chunk, ack, goodbye,
                             announced<forward>, announced<backward>,
                             announced<control>, announced<control_reply>>;

/// A decoded frame.
struct frame {
  payload content;
  uint8_t flags = 0;
  size_t bytes = 0; ///< Length of the body.
};

/// Appends a frame. Fails, and appends nothing, if the payload cannot travel.
template <class T>
result<void> put(byte_writer& f, const T& x, uint8_t flags = 0);

/// Appends a frame with a payload that is encoded already; `x` has none.
result<void> put(byte_writer& f, const forward& x,
                 std::span<const std::byte> payload, uint8_t flags);
result<void> put(byte_writer& f, const backward& x,
                 std::span<const std::byte> payload, uint8_t flags);

/// Reads the next frame.
result<frame> get(byte_reader& f);

} // namespace morph::wire
