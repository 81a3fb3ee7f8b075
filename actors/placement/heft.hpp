// HEFT, the list scheduler that gives the first plan. Pure functions.
#pragma once

#include <morph/actors/placement/instance.hpp>

#include <span>
#include <vector>

namespace morph::placement {

/// Length of the longest way from the start of each task to the end of the
/// step, with times averaged over the hosts and links that may be used:
/// the "upward rank" of Topcuoglu, Hariri, Wu (IEEE TPDS 13(3), 2002).
/// Node id for a forward, node id + number of nodes for a backward.
std::vector<double> upward_ranks(const instance& x);

/// All tasks in falling order of upward rank, producers before consumers.
std::vector<index> rank_order(const instance& x);

/// Host per node by Heterogeneous Earliest Finish Time (same source): tasks in
/// the order of rank_order(), each on the host where it finishes first, idle
/// gaps included.
///
/// Three things are particular to this graph. The backward half of a node has
/// no choice of its own, so its time on a host is added to the finish that is
/// compared. A group goes where its first node goes. A result is finished
/// when the driver has it.
///
/// In the original, transfers do not wait for each other
/// (`contention::none`). With `contention::per_link` they are booked on their
/// link one after the other in the order of the tasks, as in Sinnen and Sousa
/// (IEEE TPDS 16(6), 2005). Neither is better on all graphs; the simulator
/// judges.
///
/// O((nodes + edges) * hosts); at most worker_pool::gaps_per_host gaps are
/// remembered per host, so that the cost of a task does not grow.
std::vector<index> heft(const instance& x, std::span<const index> order,
                        contention transfers);

} // namespace morph::placement
