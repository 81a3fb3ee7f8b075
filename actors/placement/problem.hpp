// What a plan depends on, as plain data.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace morph::placement {

/// Number of a node, an edge, a host or a group.
using index = std::uint32_t;

/// "No such node", "no such host".
inline constexpr index none = 0xffffffffu;

/// A duration or a size without limit: the host cannot run the node, the
/// memory is not bounded, the link does not slow anything down.
inline constexpr double infinity = std::numeric_limits<double>::infinity();

/// Size of a backward message that is never sent. A size of 0 is the answer
/// "no gradient": a message that costs latency and no bandwidth.
inline constexpr double no_message = -1.0;

/// What the planner knows of one node of the graph. The position in
/// problem::nodes is the node's id.
struct node {
  std::string name;
  /// The only host that may run the node, or `none`.
  index pinned = none;
  /// Hosts that must not run the node.
  std::vector<index> forbidden;
  /// Runs where all of its producers run. A node whose only producer is the
  /// driver runs at the driver.
  bool keep_local = false;
  /// Takes part in the commit at the end of a training step.
  bool parameter = false;
  /// False for a node with state or effects, or without a backward: its values
  /// are always kept.
  bool recomputable = true;
  /// Its own backward reads its outputs.
  bool reads_outputs = true;
  /// Bytes to send when the node moves: parameters and optimiser state.
  double state_bytes = 0;
  /// Bytes of its outputs, as far as they count against a host's budget.
  double value_bytes = 0;
};

/// A value that goes from one node to another, and its cotangent back.
struct edge {
  index from = none;
  index to = none;
  double forward_bytes = 0;
  double backward_bytes = 0;
  /// The consumer's backward reads the value.
  bool read_backward = true;
};

/// A feed (driver to node) or a result (node to driver). For a result,
/// `backward_bytes` is the seed that the driver sends once it has the result;
/// for a feed it is the cotangent that goes to the driver.
struct driver_edge {
  index node = none;
  double forward_bytes = 0;
  double backward_bytes = no_message;
};

struct host {
  std::string name;
  index workers = 1;
  /// Budget for the forward values of a training step.
  double memory_bytes = infinity;
  /// Worker time that one message between two nodes of this host costs.
  double hop_seconds = 0;
  bool present = true;
};

/// One direction of the way between two hosts: t(b) = latency + b / bandwidth.
struct link {
  double latency = 0;          ///< seconds
  double bandwidth = infinity; ///< bytes per second
  double send_seconds = 0;     ///< worker time per message at the sender
  double receive_seconds = 0;  ///< worker time per message at the receiver
};

/// How transfers that want the same link at the same time share it.
enum class contention : std::uint8_t {
  none,     ///< not at all: each has the link for itself
  per_link, ///< one after the other, in the order they were sent
};

/// Which of its ready nodes a host runs first.
enum class dispatch : std::uint8_t {
  arrival, ///< the one that became ready first, as a mailbox does
  rank,    ///< the one with the longest way to the end of the step
};

/// Everything a plan depends on. Times in seconds, sizes in bytes.
///
/// Invariants, checked by make_instance():
/// 1. Matrices have one row per node (times) or host (links), one column per
///    host, row by row.
/// 2. Times are >= 0 and may be infinite; sizes are >= 0 and finite;
///    bandwidths are > 0.
/// 3. The edges form no cycle.
struct problem {
  std::vector<node> nodes;
  std::vector<edge> edges;
  std::vector<driver_edge> feeds;
  std::vector<driver_edge> results;
  std::vector<host> hosts;
  /// links[from * hosts.size() + to]; the diagonal is not read.
  std::vector<link> links;
  /// forward_seconds[node * hosts.size() + host]
  std::vector<double> forward_seconds;
  /// As above; may be empty when `training` is false.
  std::vector<double> backward_seconds;
  /// The host of the session: feeds start and results end there.
  index driver = 0;
  bool training = false;
  /// Round trips between the driver and the hosts with parameters that end a
  /// training step (prepare and commit).
  double commit_round_trips = 0;
  contention transfers = contention::per_link;
  dispatch order = dispatch::arrival;
};

/// What can be wrong with a problem.
enum class defect_code : std::uint8_t {
  no_host,     ///< no host is present, or the driver is not one of them
  bad_size,    ///< a matrix or an assignment has the wrong number of entries
  bad_index,   ///< an edge, a pin or a forbidden host names nothing
  bad_number,  ///< negative, NaN, or infinite where that means nothing
  cycle,       ///< the edges form a cycle through `node`
  conflict,    ///< pins, forbidden hosts and keep_local contradict each other
  unplaceable, ///< no present host can run the node
};

/// Why a problem cannot be planned.
struct defect {
  defect_code code;
  /// The node and the host concerned, or `none`.
  index node = none;
  index host = none;
  /// One sentence that names both.
  std::string text;
};

} // namespace morph::placement
