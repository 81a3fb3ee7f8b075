// What a line between two simulated hosts is like, one direction.
//
// A carrier like TCP delivers what it is given complete, in order and once, as
// late as it likes, until it breaks; then both ends learn that it has. Delay,
// bandwidth, cuts and partitions stay within that. Frames that get lost,
// repeated, overtaken or altered do not: no carrier may do that, and a link
// has to notice and to end.
//
// Thread-safety: a plain value.
#pragma once

#include <chrono>
#include <cstdint>

namespace morph::simulation {

struct line_options {
  /// How long a byte travels.
  std::chrono::nanoseconds delay = std::chrono::microseconds{50};

  /// Up to this much more, another time for each frame; order is kept.
  std::chrono::nanoseconds jitter{0};

  /// 0: as fast as one likes.
  uint64_t bytes_per_second = 0;

  /// Chance of each frame that the connection breaks instead.
  double cut = 0;

  // -- what breaks the contract of a carrier; chances of each frame -----------

  double drop = 0;
  double duplicate = 0;
  double reorder = 0;
  double corrupt = 0; ///< One bit of a batch.

  bool breaks_contract() const noexcept {
    return drop > 0 || duplicate > 0 || reorder > 0 || corrupt > 0;
  }
};

} // namespace morph::simulation
