// Measures the outgoing direction of a link: latency from echoed batches,
// bandwidth from acknowledged bulk bytes.
//
// A batch is stamped when its first frame is queued, so that time spent in the
// throttle counts. The way back is taken to cost half the best round trip.
//
// Thread-safety: none.
// Invariant: memory is bounded; old samples make room for new ones.
#pragma once

#include <morph/transport/link.hpp>

#include <array>
#include <cstdint>
#include <deque>
#include <vector>

namespace morph {

class meter {
public:
  static constexpr size_t max_samples = 256;

  /// A batch of frames has left; `queued_ns` is when its first frame came.
  void on_sent(uint32_t sequence, uint64_t bytes, int64_t queued_ns);

  /// The peer has seen batch `sequence` and replied `hold_ns` later.
  void on_echo(uint32_t sequence, uint64_t hold_ns, int64_t now_ns);

  /// The last chunk of a payload has left; `end` counts all bulk bytes so far.
  void on_transfer_sent(uint64_t bytes, uint64_t end, int64_t started_ns);

  /// The peer has acknowledged `total` bulk bytes in all.
  void on_acknowledged(uint64_t total, int64_t now_ns);

  /// One way, in seconds; 0: not measured yet.
  double latency() const noexcept;

  /// Bulk bytes per second; 0: not measured yet.
  double bandwidth() const noexcept {
    return bandwidth_;
  }

  /// Moves the samples out.
  std::vector<link_sample> drain();

private:
  struct stamp {
    uint32_t sequence = 0;
    uint64_t bytes = 0;
    int64_t queued_ns = 0;
  };

  struct transfer {
    uint64_t bytes = 0;
    uint64_t end = 0;
    int64_t started_ns = 0;
  };

  void add_sample(uint64_t bytes, double seconds);

  std::array<stamp, 64> stamps_{};
  std::deque<transfer> transfers_;
  std::array<int64_t, 16> round_trips_{};
  size_t num_round_trips_ = 0;
  int64_t best_round_trip_ = 0;
  double bandwidth_ = 0;
  std::vector<link_sample> samples_;
  size_t oldest_ = 0;
};

} // namespace morph
