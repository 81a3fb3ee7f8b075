// Keep or recompute: which forward values wait for the backward pass under a
// budget of bytes. Pure functions.
#pragma once

#include <morph/actors/placement/instance.hpp>

#include <span>
#include <vector>

namespace morph::placement {

/// What a cache plan means for one host.
struct host_memory {
  double budget_bytes = infinity;
  /// Of all values of a step that are ever on the host.
  double all_bytes = 0;
  /// Most held at any time if nodes run in order.
  double peak_bytes = 0;
  /// Worker time spent on running forwards again.
  double recompute_seconds = 0;

  bool fits() const {
    return peak_bytes <= budget_bytes;
  }

  /// In another order more could be held than the budget.
  bool needs_order() const {
    return all_bytes > budget_bytes;
  }
};

/// Keep or recompute, per node and host.
struct remat_plan {
  /// Nonzero for nodes that drop their values and recompute them; empty when
  /// every host keeps everything.
  std::vector<char> recompute;
  /// Hosts must run their nodes one after the other, in topological order and
  /// back, for the peaks to be as planned.
  bool in_order = false;
  std::vector<host_memory> hosts;

  /// Whether every host stays within its budget.
  bool fits() const;

  bool recomputes(index v) const {
    return !recompute.empty() && recompute[v] != 0;
  }
};

/// Memory and time of given decisions, per host; see host_pass.hpp for what
/// they mean.
std::vector<host_memory> memory_of(const instance& x,
                                   std::span<const index> assignment,
                                   std::span<const char> recompute);

/// Chooses what to recompute under each host's memory budget.
///
/// Where everything fits, everything is kept. Elsewhere the nodes of the host
/// are cut, in topological order, into segments of about equal bytes; a node
/// keeps its values if somebody outside its segment uses them, if it has
/// nothing to hold or if it must not run again (Chen et al., arXiv:1604.06174,
/// weighted by bytes, on graphs). This is done for many numbers of segments;
/// besides, nodes are dropped one after the other, the cheapest per byte
/// first. The best few of all these choices are improved by keeping stretches
/// of nodes again, by single changes and by exchanges, as far as a budget of
/// work reaches. The cheapest choice that fits is taken; if none fits, the one
/// with the lowest peak, and fits() says so. A node whose values go to another
/// host keeps them, so a recall never makes two hosts recompute.
remat_plan plan_memory(const instance& x, std::span<const index> assignment);

} // namespace morph::placement
