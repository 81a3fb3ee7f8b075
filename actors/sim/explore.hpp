// Looks for a schedule under which a program fails, and for the shortest that
// still does.
//
//   auto found = morph::explore({.hosts = 2}, 1000, [](morph::sim& world) {
//     ...                                    // fails by throwing
//   });
//   if (found)
//     std::cerr << to_string(*found);
//
// A run is a list of choices. A failure is made small by taking the ordinary
// choice (who is next in turn, no delay, no fault) wherever it fails all the
// same; what is left is what the failure needs.
//
// Thread-safety: free functions; programs run one after the other on the
// calling thread.
#pragma once

#include <morph/actors/sim/sim.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace morph {

/// Fails by throwing. Must do the same again for the same choices.
using sim_program = std::function<void(sim&)>;

struct found_failure {
  uint64_t seed = 0;
  error what;
  /// What must not be ordinary, in order.
  std::vector<simulation::departure> schedule;
  /// The same for `replay`.
  simulation::script choices;
  size_t seeds_tried = 0;
  size_t departures_before = 0; ///< Of the run that failed first.
  size_t runs = 0;              ///< All of them.
};

std::string to_string(const found_failure& x);

struct explore_options {
  uint64_t first_seed = 1;

  /// Runs that may be spent on making a failure small.
  size_t most_runs = 2000;
};

/// Runs `program` with up to `seeds` seeds, with more and less lively ones;
/// null if none fails. `seed` and `liveliness` of `base` are not used.
std::optional<found_failure> explore(const sim_options& base, size_t seeds,
                                     const sim_program& program,
                                     const explore_options& options = {});

/// Runs `program` with these choices; how it fails, if it does.
std::optional<error> replay(const sim_options& base,
                            const simulation::script& choices,
                            const sim_program& program);

} // namespace morph
