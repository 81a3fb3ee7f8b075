// From a problem to a plan: considers the candidates and takes the best. Pure
// functions.
#pragma once

#include <morph/actors/placement/bound.hpp>
#include <morph/actors/placement/local_search.hpp>
#include <morph/actors/placement/remat.hpp>
#include <morph/actors/placement/simulate.hpp>

#include <string>
#include <vector>

namespace morph::placement {

/// An assignment that was considered.
struct alternative {
  std::string name;
  /// Predicted step time including recomputation; a lower bound of it if
  /// `exact` is false.
  double step_seconds = 0;
  bool exact = true;
  /// Whether its values fit the memory of every host.
  bool fits = true;
};

/// Where every node goes and what it keeps, with the prediction and its
/// certificate.
struct plan {
  std::vector<index> hosts; ///< host per node
  remat_plan cache;
  timeline predicted; ///< includes recomputation
  lower_bound bound;
  /// Name of the alternative that was taken.
  std::string chosen;
  /// True if no assignment of nodes to hosts is predicted to be faster.
  bool optimal_in_model = false;
  /// All that was considered, the one taken among them.
  std::vector<alternative> alternatives;

  double step_seconds() const {
    return predicted.makespan;
  }

  /// Largest possible distance from the optimum, as a fraction of it.
  double gap() const {
    auto least = bound.seconds();
    return least > 0.0 ? step_seconds() / least - 1.0 : 0.0;
  }
};

/// Considers the current assignment if there is one, all nodes on one host
/// for each host (tied nodes where they must be), HEFT with and without booked
/// links, and the outcome of a search from the best of these, exhaustive where
/// the budget allows. Takes
/// one that fits the memory if there is one, of those the fastest by
/// simulation, of those the first in that order.
///
/// Deterministic; no clock. Above a million (nodes + edges) * hosts, HEFT runs
/// once, as problem::transfers says, and a single-host plan is simulated only
/// if its work alone does not rule it out.
///
/// REQUIRES: `current` is empty or find_violation(x, current) is.
plan make_plan(const instance& x, const search_options& options = {},
               std::span<const index> current = {});

/// The plan that consists of this assignment.
/// REQUIRES: find_violation(x, assignment) is empty.
plan evaluate(const instance& x, std::span<const index> assignment,
              std::string name);

} // namespace morph::placement
