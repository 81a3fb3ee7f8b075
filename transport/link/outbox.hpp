// The outgoing half of a link: turns messages into batches.
//
// Thread-safety: none. No actors, no clock: times are arguments, so that every
// decision can be tested.
//
// Invariants:
// 1. Frames leave in the order in which they were added; chunks leave when no
//    frame waits, in the order of their payloads.
// 2. Unacknowledged bulk bytes stay below the window (one chunk is always
//    allowed).
// 3. A payload is read in place; it is held until its last chunk has left.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/transport/link.hpp>
#include <morph/transport/link/meter.hpp>
#include <morph/transport/link/sent_payloads.hpp>
#include <morph/transport/link/token_bucket.hpp>
#include <morph/transport/wire/batch.hpp>
#include <morph/transport/wire/frame.hpp>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

namespace morph {

/// Bounds that the peer has announced.
struct peer_limits {
  uint64_t cache_bytes = 0;
  uint64_t max_payload = 0;
};

class outbox {
public:
  explicit outbox(const link_options& x);

  /// Never sends what the peer would refuse.
  void limit_to(const peer_limits& x);

  // -- adding; fails if a payload cannot travel (MM0508, MM0607) -------------

  result<void> add(const forward& x, int64_t now);
  result<void> add(const backward& x, int64_t now);
  result<void> add(const control& x, int64_t now);
  result<void> add(const control_reply& x, int64_t now);

  /// Long texts are cut.
  result<void> add(const failed& x, int64_t now);

  /// The last frame of a link.
  void add_goodbye(error why, int64_t now);

  /// Messages without large parts, and what links tell each other.
  template <class T>
  result<void> add_small(const T& x, int64_t now) {
    open_head(now);
    auto ok = wire::put(writer_, x);
    if (ok)
      close_frame();
    return ok;
  }

  /// Tells the peer to drop what it keeps of a deployment.
  void forget(uint32_t deployment, int64_t now);

  // -- what the peer says ----------------------------------------------------

  void on_ack(uint64_t bytes, int64_t now);

  /// An echo alone, without frames, wants none itself: two that have nothing
  /// to say are silent.
  void on_header(const wire::batch_header& x, int64_t now,
                 bool has_frames = true);

  // -- sending -----------------------------------------------------------------

  /// The next batch, if one may leave now.
  std::optional<batch> next(int64_t now);

  /// True if the peer still waits for an echo of its latest batch.
  bool owes_echo() const noexcept {
    return owes_echo_;
  }

  /// True if something has left of which the peer has not told that it came.
  bool is_unconfirmed() const noexcept {
    // Numbers wrap.
    return static_cast<int32_t>(framed_sequence_ - confirmed_sequence_) > 0;
  }

  /// A batch for the echo alone.
  batch echo(int64_t now);

  /// Nanoseconds until the throttle lets the next batch pass; 0: it does.
  int64_t throttled_for(int64_t now);

  // -- settings and figures ----------------------------------------------------

  void set_rate(uint64_t bytes_per_second, int64_t now);

  void set_window(uint64_t bytes) {
    window_ = bytes;
  }

  /// Fills in the outgoing part.
  void report(link_stats& x);

private:
  /// A payload on its way in chunks.
  struct transfer {
    uint32_t id = 0;
    blob bytes;
    uint64_t offset = 0;
    int64_t started_ns = 0;
  };

  struct full_head {
    std::vector<std::byte> bytes;
    int64_t queued_ns = 0;
  };

  template <class T>
  result<void> add_with_payload(const T& x, const value& payload, int64_t now);

  template <class T>
  result<void> add_blob(const T& x, const blob& body, int64_t now);

  template <class T>
  result<void> announce(const T& x, wire::announcement what, blob bytes,
                        uint8_t flags, int64_t now);

  template <class T>
  uint8_t keep_flag(const T& x, uint64_t bytes, int64_t now);

  void open_head(int64_t now);
  void close_frame();
  batch finish(std::vector<std::byte> head, blob body, int64_t queued_ns,
               int64_t now);
  void prepay();
  std::optional<batch> next_chunk(int64_t now);

  size_t threshold_;
  size_t chunk_size_;
  uint64_t window_;
  uint64_t max_payload_;
  byte_writer writer_;
  int64_t opened_ns_ = 0;
  std::deque<full_head> full_;
  std::deque<transfer> bulk_;
  sent_payloads kept_;
  token_bucket bucket_;
  uint64_t prepaid_ = 0; // of the next batch
  meter meter_;
  link_counters counters_;
  uint64_t queued_bulk_ = 0;
  uint64_t bulk_sent_ = 0;
  uint64_t bulk_acked_ = 0;
  uint32_t next_transfer_ = 1;
  uint32_t sequence_ = 0;
  uint32_t received_sequence_ = 0;
  uint32_t framed_sequence_ = 0;    // of the latest batch with frames
  uint32_t confirmed_sequence_ = 0; // the latest of which the peer has told
  bool owes_echo_ = false;
  int64_t received_ns_ = 0;
};

} // namespace morph
