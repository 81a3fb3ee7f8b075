// Time-lines of one host's workers, for building a schedule.
//
// Thread-safety: none; a plain value with one owner.
#pragma once

#include <morph/actors/placement/problem.hpp>

#include <vector>

namespace morph::placement {

/// When the workers of one host are busy in a schedule that is being built
/// out of time order: the earliest place for a task may be an idle gap before
/// tasks that are booked already.
///
/// Remembers a bounded number of gaps, the youngest; forgetting one can only
/// make a later booking start later.
class worker_pool {
public:
  static constexpr std::size_t gaps_per_host = 16;

  /// A place for a task.
  struct slot {
    double start = 0;
    std::size_t gap = 0;    ///< position in the list of gaps, or `at_end`
    std::size_t worker = 0; ///< meaningful at the end only
  };

  static constexpr std::size_t at_end = static_cast<std::size_t>(-1);

  explicit worker_pool(index workers) : free_at_(workers, 0.0) {
    // nop
  }

  /// Earliest start of a task of length `time` that is ready at `ready`.
  slot earliest(double ready, double time) const;

  /// Takes the place. REQUIRES: it came from earliest() with the same `time`
  /// and nothing was booked since.
  void book(const slot& where, double time);

private:
  struct gap {
    double begin;
    double end;
  };

  void remember(gap g);

  std::vector<double> free_at_;
  std::vector<gap> gaps_;
};

} // namespace morph::placement
