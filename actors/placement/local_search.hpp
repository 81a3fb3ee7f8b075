// Searches assignments, exhaustively or by small changes. Pure functions; the
// budget counts work, never time.
#pragma once

#include <morph/actors/placement/simulate.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace morph::placement {

/// Bounds of a search. The budget counts simulated messages and tasks, not
/// seconds: the same problem and options give the same plan on any machine.
struct search_options {
  std::uint64_t seed = 1;
  /// Tasks and messages to simulate in all, and in one search at most
  /// `max_runs` simulations.
  double work = 3e6;
  std::uint32_t max_runs = 20000;
  /// Part of the step time that may be given up to have parameters beside
  /// their users; 0: only if it costs nothing.
  double give_for_parameters = 0;
};

/// Fewer tries than this find nothing that is worth their time.
inline constexpr std::uint32_t least_search_runs = 128;

/// How many assignments a search of `x` may try.
std::uint32_t search_runs(const instance& x, const search_options& options);

/// What the search minimises: the makespan, plus the time of one more forward
/// pass of every host whose values do not fit its memory, since recomputing
/// costs at most that; many times as much where the values that must be kept
/// do not fit.
class search_goal {
public:
  explicit search_goal(const instance& x);

  double operator()(std::span<const index> assignment);

private:
  struct host_values {
    double held = 0;  ///< bytes of all nodes and of what comes from others
    double fixed = 0; ///< bytes of nodes that must not run again
    double again = 0; ///< seconds to run the others again
  };

  double with_memory(double makespan, std::span<const index> assignment);

  const instance* x_;
  simulator simulator_;
  bool bounded_memory_ = false;
  std::vector<host_values> memory_;
};

/// Number of assignments that respect the rules, or a number > `limit`.
std::uint64_t count_assignments(const instance& x, std::uint64_t limit);

/// The best of all assignments; the first in lexical order of the groups
/// among equals. REQUIRES: `count_assignments` is small.
std::vector<index> exhaustive_search(const instance& x);

/// Threshold accepting from `start`: moves a group, a connected set of groups
/// that share a host, or swaps two groups; takes what is not worse than the
/// current assignment by more than a margin that shrinks to zero; returns the
/// best seen, which is never worse than `start`. Gives `start` back when it
/// has fewer than least_search_runs tries.
/// REQUIRES: find_violation(x, start) is empty.
std::vector<index> local_search(const instance& x, std::span<const index> start,
                                const search_options& options);

} // namespace morph::placement
