// A link: one actor at each end of a connection between two hosts.
//
// Who has a message of the mailbox protocol for a node elsewhere sends it to
// the link to that host instead. Links write frames (docs/wire_format.md),
// coalesce what waits in their mailbox into one batch, and send payloads above
// `bulk_threshold` in chunks behind everything small.
//
// Thread-safety: an actor; send it messages. `link_options` is a plain value.
//
// Invariants:
// 1. Small frames keep their order and overtake bulk chunks.
// 2. Bulk bytes that the peer has not acknowledged stay below `bulk_window`.
// 3. A peer can make this end allocate no more than `max_payload` per payload
//    and `max_incoming` in all, and only after both were checked.
// 4. A malformed frame closes the link (MM0605); a frame for a deployment that
//    is not here is counted and dropped.
// 5. The supervisor gets one `link_down` per link, after at most one `link_up`;
//    before it, each pending control request is answered with MM0604.
// 6. A batch that is lost, repeated or overtaken ends the link: at the next
//    one, or after 10 s in which the peer says nothing.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/transport/address_book.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/mailbox.hpp>

#include <caf/actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace morph {

/// What hosts tell each other when they meet.
struct peer_info {
  std::string name;
  uint64_t process = 0; ///< Process id.
  uint32_t workers = 0; ///< Worker threads of its scheduler.
  std::string address;  ///< Where it can be reached; may be empty.
  std::vector<std::string> node_types; ///< User nodes that it can run.
  uint64_t store = 0; ///< Identity of its object store; 0: it has none.
};

struct link_options {
  /// What we tell the peer. `process`, `workers` and `node_types` are filled
  /// in if they are empty.
  peer_info self;

  /// REQUIRES: not null.
  std::shared_ptr<address_book> book = std::make_shared<address_book>();

  /// Gets `control` messages of the peer; the sender is the link.
  caf::actor control_handler;

  /// Gets `link_up` and `link_down`.
  caf::actor supervisor;

  /// Serves remote pointers; set by `object_store::serve`; may be null.
  caf::actor store;

  size_t bulk_threshold = 64 << 10;
  size_t bulk_window = 1 << 20;
  size_t chunk_size = 256 << 10;  ///< At most `batch::max_body`.
  size_t cache_bytes = 256 << 20; ///< Stable payloads kept per direction.
  uint64_t max_payload = uint64_t{4} << 30;
  uint64_t max_incoming = uint64_t{8} << 30;
};

// -- what a link tells its supervisor -----------------------------------------

struct link_up {
  caf::actor link;
  peer_info peer;
};

struct link_down {
  caf::actor link;
  std::string peer; ///< Name, or the address if they never met.
  error what;
};

// -- what one may send to a link besides the mailbox protocol -----------------

/// Limits outgoing bytes, control frames included; 0: no limit.
struct throttle {
  uint64_t bytes_per_second = 0;
};

/// Changes how many bulk bytes may be under way.
struct set_bulk_window {
  uint64_t bytes = 0;
};

/// Drops what both ends remember of a deployment.
struct forget_deployment {
  uint32_t deployment = 0;
};

/// Sends what is queued, then ends the link with `link_down` (MM0505).
struct close_link {};

/// Request; answered with `link_stats`. Drains the samples.
struct get_link_stats {};

/// Answered, once it is known, with a message `link_up` or `link_down`.
struct get_peer {};

/// One measured trip: how long `bytes` took from this end to the other.
struct link_sample {
  uint64_t bytes = 0;
  double seconds = 0;
};

struct link_counters {
  uint64_t frames = 0;
  uint64_t batches = 0;
  uint64_t bytes = 0;
  uint64_t bulk_bytes = 0;
  uint64_t elided = 0;       ///< Payloads replaced by "unchanged".
  uint64_t elided_bytes = 0; ///< Their size.
};

struct link_stats {
  std::string peer;
  link_counters out;
  link_counters in;
  double latency_seconds = 0;  ///< One way, outgoing; 0: not measured yet.
  double bytes_per_second = 0; ///< Outgoing bulk; 0: not measured yet.
  uint64_t queued_bytes = 0;   ///< Outgoing, not yet given to the carrier.
  uint64_t unacknowledged = 0; ///< Outgoing bulk bytes under way.
  uint64_t cached_bytes_out = 0;
  uint64_t cached_bytes_in = 0;
  uint64_t dropped = 0; ///< Frames for unknown addresses.
  uint64_t pending_requests = 0;
  std::vector<link_sample> samples; ///< Since the last query; bounded.
};

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::link_up)
MORPH_LOCAL_MESSAGE(morph::link_down)
MORPH_LOCAL_MESSAGE(morph::throttle)
MORPH_LOCAL_MESSAGE(morph::set_bulk_window)
MORPH_LOCAL_MESSAGE(morph::forget_deployment)
MORPH_LOCAL_MESSAGE(morph::close_link)
MORPH_LOCAL_MESSAGE(morph::get_link_stats)
MORPH_LOCAL_MESSAGE(morph::get_peer)
MORPH_LOCAL_MESSAGE(morph::link_stats)
