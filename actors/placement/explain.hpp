// Plans in words: why each node is where it is, and what was considered.
// Pure functions.
#pragma once

#include <morph/actors/placement/plan.hpp>

#include <string>
#include <vector>

namespace morph::placement {

/// One node of a plan, for people and for JSON.
struct node_report {
  std::string node;
  std::string host;
  double forward_seconds = 0;  ///< on its host
  double backward_seconds = 0; ///< without recomputation
  double bytes_out = 0;        ///< forward, sent to nodes on other hosts
  bool recompute = false;
  bool critical = false; ///< on the path that sets the step time
  std::string why;
};

/// One host of a plan.
struct host_report {
  std::string host;
  std::size_t nodes = 0;
  double busy_fraction = 0; ///< of workers * step time
  host_memory memory;
};

/// A plan in words and numbers.
struct plan_report {
  std::vector<node_report> nodes;
  std::vector<host_report> hosts;
  double step_seconds = 0;
  double bound_seconds = 0;
  std::string chosen;
  std::vector<alternative> alternatives;
  bool memory_fits = true;
};

/// The change of the predicted step time if the group of `v` moved to `to`,
/// in seconds; infinite if it may not run there.
double price_of_moving(const instance& x, const plan& p, index v, index to);

/// Why `v` is where it is: a rule that leaves no choice, or its part in the
/// critical path, what each other host would cost and which cost decides that.
std::string explain(const instance& x, const plan& p, index v);

/// Describes the whole plan. The reasons contain prices as long as all of them
/// cost less than `search_options::work`; beyond that, rules and the critical
/// path only, and explain() answers for single nodes.
plan_report report(const instance& x, const plan& p,
                   double work = search_options{}.work);

/// The report as a stable text: a table of nodes (times in microseconds,
/// forward and backward together), then hosts, then summary lines.
std::string to_text(const plan_report& r);

} // namespace morph::placement
