// Batches: what a carrier moves. A header for measuring, frames, and at most
// one chunk of bulk bytes.
//
// Thread-safety: plain values and pure functions.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/error.hpp>
#include <morph/transport/blob.hpp>

#include <cstddef>
#include <cstdint>

namespace morph {

/// Frames (`head`) and, behind the last of them, bulk bytes (`body`), which
/// are sent from where they lie.
struct batch {
  /// Bounds of what a peer may send.
  static constexpr uint64_t max_head = 1u << 20;
  static constexpr uint64_t max_body = 1u << 20;

  blob head;
  blob body;
};

} // namespace morph

namespace morph::wire {

/// First bytes of a batch's head.
struct batch_header {
  static constexpr size_t size = 16;

  uint32_t sequence = 0;      ///< Counts batches from 1.
  uint32_t echo_sequence = 0; ///< The latest one received; 0: none.
  uint64_t echo_hold_ns = 0;  ///< How long ago that was.
};

/// Writes the header over the first bytes of `head`.
/// REQUIRES: head.size() >= batch_header::size.
void put(std::vector<std::byte>& head, const batch_header& x);

/// Fails with MM0605.
result<batch_header> get_batch_header(byte_reader& f);

} // namespace morph::wire
