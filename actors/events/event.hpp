// What happens to a session and its hosts, as plain values: the one list of
// events.
//
// Thread-safety: plain values.
#pragma once

#include <morph/graph/error.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace morph {

/// A host has been met.
struct host_joined {
  std::string host;
};

/// A host is gone, with everything that ran there.
struct host_lost {
  std::string host;
  error why;
};

/// A step has failed; others are not touched.
struct step_failed {
  error why;
};

/// Nodes are about to be elsewhere, or to keep other values.
struct plan_changed {
  std::string reason; ///< One sentence.
  uint64_t moved = 0; ///< Nodes that change their host.
  uint64_t steps = 0; ///< That had finished before.
};

/// One of them.
struct node_moved {
  std::string node;
  std::string from;
  std::string to;
};

/// A link takes longer than it did, for good.
struct link_slowed {
  std::string from;
  std::string to;
  double latency_seconds = 0;
  double bytes_per_second = 0;
};

/// A link is faster than it was, for good.
struct link_recovered {
  std::string from;
  std::string to;
  double latency_seconds = 0;
  double bytes_per_second = 0;
};

using event_content
  = std::variant<host_joined, host_lost, step_failed, plan_changed, node_moved,
                 link_slowed, link_recovered>;

struct event {
  uint64_t number = 0; ///< Counts from 1 in each stream.
  int64_t time_ns = 0; ///< Of the clock in <morph/graph/clock.hpp>.
  uint64_t missed = 0; ///< Events before this one for which there was no room.
  event_content what;
};

/// One line for people.
std::string to_string(const event_content& x);

} // namespace morph
