// The mailbox protocol: one struct per message, understood by every node
// actor, controller, session and link.
//
// Inside a process a message moves by pointer copies: one allocation, made by
// CAF, and no serialisation. Between processes links translate it to frames
// (docs/wire_format.md). CAF itself can serialise each message too, as bytes
// of our own codec, so that floating point crosses it bit for bit.
//
// Thread-safety: plain values.
//
// Invariants:
// 1. `to` names the receiver, so that a message may be handed to the receiver
//    itself or to the link to its host.
// 2. Small messages overtake payloads above 64 KiB on a link: receivers order
//    by step, never by arrival.
// 3. Numbers are bit patterns: no floating point member is ever inspected.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/value.hpp>
#include <morph/transport/address.hpp>
#include <morph/transport/blob.hpp>

#include <bit>
#include <cstdint>
#include <type_traits>

namespace morph {

// -- messages -----------------------------------------------------------------

/// A value for an input port.
struct forward {
  /// This step wants a backward pass.
  static constexpr uint8_t wants_backward = 1;
  /// Sent in answer to a recall.
  static constexpr uint8_t recalled = 2;
  /// Equal (to, port, version) means equal payload: links may send a note
  /// instead of a payload that they have sent before.
  static constexpr uint8_t stable = 4;

  uint64_t to = 0;
  uint32_t port = 0;
  uint64_t step = 0;
  uint64_t version = 0;
  value payload;
  uint8_t flags = 0;
};

/// A cotangent for an output slot; null means none.
struct backward {
  uint64_t to = 0;
  uint32_t slot = 0;
  uint64_t step = 0;
  uint64_t version = 0;
  value cotangent;
  uint8_t flags = 0; ///< `forward::stable` or 0.
};

/// Asks a producer to send the value of an output slot again.
struct recall {
  uint64_t to = 0;
  uint32_t slot = 0;
  uint64_t step = 0;
};

struct begin_step {
  uint64_t to = 0;
  uint64_t step = 0;
  uint8_t flags = 0;
};

/// Tells parameters to apply their gradients times a factor.
struct commit_step {
  uint64_t to = 0;
  uint64_t step = 0;
  uint64_t scale_bits = 0; ///< Bit pattern of an f64.

  double scale() const noexcept {
    return std::bit_cast<double>(scale_bits);
  }
};

struct cancel_step {
  uint64_t to = 0;
  uint64_t step = 0;
};

/// A parameter has all its contributions.
struct ready {
  uint64_t to = 0;
  uint32_t node = 0;
  uint64_t step = 0;
  uint64_t norm2_bits = 0; ///< Bit pattern of an f64.
  uint8_t flags = 0;

  double norm2() const noexcept {
    return std::bit_cast<double>(norm2_bits);
  }
};

/// A step failed. Nodes and links say it: a session ends the step, a
/// controller passes it on to its session. `to` names the node concerned where
/// the sender knows no more of it.
struct failed {
  /// In place of a step: all steps, in flight and to come.
  static constexpr uint64_t every_step = 0;

  uint64_t to = 0;
  uint64_t step = 0;
  error what;
};

/// A request to a host. The one who sends it to a link gets exactly one
/// `control_reply` with the same `request`; a lost peer answers with MM0604.
/// Handlers reply to `current_sender()`.
struct control {
  /// Verbs from here on belong to the transport itself.
  static constexpr uint16_t first_reserved_verb = 0xff00;

  uint64_t to = 0;
  uint64_t request = 0;
  uint16_t verb = 0;
  blob body;
};

struct control_reply {
  uint64_t request = 0;
  bool ok = false;
  blob body; ///< If not ok: an error, see `error_of`.
};

/// Reply that reports `what`.
control_reply refuse(uint64_t request, const error& what);

/// The error in a reply that is not ok.
error error_of(const control_reply& x);

// -- codec ----------------------------------------------------------------------

/// `byte_writer` or `byte_reader`.
template <class F>
concept byte_codec
  = std::is_same_v<F, byte_writer> || std::is_same_v<F, byte_reader>;

/// Payload in place of a value that this process cannot read: its type is
/// unknown here or its inspector refuses. Links answer it with `failed`.
struct undecodable {
  error why;
};

/// Encodes value or none; fails for types that cannot travel.
bool apply_value(byte_writer& f, const value& x);

/// Takes all that is left of a message if the value becomes `undecodable`.
bool apply_value(byte_reader& f, value& x);

bool apply_blob(byte_writer& f, const blob& x);
bool apply_blob(byte_reader& f, blob& x);

bool apply_error(byte_writer& f, const error& x);
bool apply_error(byte_reader& f, error& x);

template <byte_codec F>
bool inspect(F& f, undecodable& x) {
  return apply_error(f, x.why);
}

template <byte_codec F>
bool inspect(F& f, forward& x) {
  return f(x.to, x.port, x.step, x.version, x.flags)
         && apply_value(f, x.payload);
}

template <byte_codec F>
bool inspect(F& f, backward& x) {
  return f(x.to, x.slot, x.step, x.version, x.flags)
         && apply_value(f, x.cotangent);
}

template <byte_codec F>
bool inspect(F& f, recall& x) {
  return f(x.to, x.slot, x.step);
}

template <byte_codec F>
bool inspect(F& f, begin_step& x) {
  return f(x.to, x.step, x.flags);
}

template <byte_codec F>
bool inspect(F& f, commit_step& x) {
  return f(x.to, x.step, x.scale_bits);
}

template <byte_codec F>
bool inspect(F& f, cancel_step& x) {
  return f(x.to, x.step);
}

template <byte_codec F>
bool inspect(F& f, ready& x) {
  return f(x.to, x.node, x.step, x.norm2_bits, x.flags);
}

template <byte_codec F>
bool inspect(F& f, failed& x) {
  return f(x.to, x.step) && apply_error(f, x.what);
}

template <byte_codec F>
bool inspect(F& f, control& x) {
  return f(x.to, x.request, x.verb) && apply_blob(f, x.body);
}

template <byte_codec F>
bool inspect(F& f, control_reply& x) {
  return f(x.request, x.ok) && apply_blob(f, x.body);
}

} // namespace morph

#include <morph/transport/compat/message_types.hpp>
