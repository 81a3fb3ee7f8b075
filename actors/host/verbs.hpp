// Requests from a session to the controllers of its deployment and to hosts:
// the verbs of `control` messages and what their bodies hold.
//
// Thread-safety: plain values.
#pragma once

#include <morph/actors/machine/deployment.hpp>
#include <morph/transport/blob.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace morph {

enum class verb : uint16_t {
  // To a host.
  deploy = 1,       ///< Body: `deploy_body`.
  meet = 2,         ///< Connect to another host. Body: `meet_body`.
  slow_down = 3,    ///< Throttle a link. Body: `throttle_body`.
  link_reports = 4, ///< Reply: `std::vector<link_reading>`.
  stop_host = 5,    ///< End the process that offers itself.
  count = 6,        ///< Reply: `host_counts`.
  probe = 7,        ///< Nothing but its body, for links to measure. No reply.
  probe_peer = 8,   ///< Probe a link. Body: the peer's name. No reply.
  await_peer = 9,   ///< Reply once that host is linked. Body: its name.
  branches = 10,    ///< Start and cancel. Body: `branch_orders`. No reply.
  // To a driver.
  branches_done = 11, ///< Body: reports. No reply.
  // To a controller.
  rewire = 16, ///< Body: `rewire_body`.
  save = 17,   ///< Reply: states by node.
  load = 18,   ///< Body: states by node.
  assign = 19, ///< Body: tensors by node.
  report = 20, ///< Reply: `part_reading`.
  close = 21,
};

using state_bytes = std::map<node_id, std::vector<std::byte>>;

struct rewire_body {
  arrangement where;
  state_bytes arriving; ///< States of nodes that move to this host.
  /// User nodes that move to this host: type and initial content.
  std::map<node_id, std::pair<std::string, std::vector<std::byte>>> user_nodes;

  template <class Inspector>
  friend bool inspect(Inspector& f, rewire_body& x) {
    return f(x.where, x.arriving, x.user_nodes);
  }
};

struct meet_body {
  std::string name;
  std::string address;

  template <class Inspector>
  friend bool inspect(Inspector& f, meet_body& x) {
    return f(x.name, x.address);
  }
};

struct throttle_body {
  std::string peer;
  uint64_t bytes_per_second = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, throttle_body& x) {
    return f(x.peer, x.bytes_per_second);
  }
};

/// Counters of one node, as `node_counters`.
struct node_reading {
  node_id node = 0;
  uint64_t forward_runs = 0;
  uint64_t backward_runs = 0;
  uint64_t skipped = 0;
  uint64_t recomputed = 0;
  uint32_t forward_ns = 0;
  uint32_t backward_ns = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, node_reading& x) {
    return f(x.node, x.forward_runs, x.backward_runs, x.skipped, x.recomputed,
             x.forward_ns, x.backward_ns);
  }
};

struct part_reading {
  std::vector<node_reading> nodes;
  uint64_t peak_bytes = 0; ///< Of forward values; 0 without a budget.
  uint64_t live_bytes = 0;

  template <class Inspector>
  friend bool inspect(Inspector& f, part_reading& x) {
    return f(x.nodes, x.peak_bytes, x.live_bytes);
  }
};

/// What one end of a link knows of its outgoing direction. Times are bit
/// patterns' worth of f64, written raw by the codec.
struct link_reading {
  std::string peer;
  uint64_t frames = 0;
  uint64_t bytes = 0;
  uint64_t elided = 0;
  double latency = 0;
  double bandwidth = 0;
  std::vector<uint64_t> sample_bytes;
  std::vector<double> sample_seconds;

  template <class Inspector>
  friend bool inspect(Inspector& f, link_reading& x) {
    return f(x.peer, x.frames, x.bytes, x.elided, x.latency, x.bandwidth,
             x.sample_bytes, x.sample_seconds);
  }
};

/// What is alive on a host, whoever put it there.
struct host_counts {
  std::string host;
  uint64_t node_actors = 0;
  uint64_t remote_objects = 0;  ///< That it owns.
  uint64_t remote_pointers = 0; ///< To objects of others, or on their way.
  uint64_t branches = 0;
  uint64_t timers = 0;

  bool empty() const noexcept {
    return node_actors + remote_objects + remote_pointers + branches + timers
           == 0;
  }

  template <class Inspector>
  friend bool inspect(Inspector& f, host_counts& x) {
    return f(x.host, x.node_actors, x.remote_objects, x.remote_pointers,
             x.branches, x.timers);
  }
};

/// Encodes the body of a request or reply.
template <class T>
blob pack(const T& x) {
  byte_writer f;
  f.apply(x);
  return blob{f.take()};
}

/// Inverse of `pack`; false for malformed bytes.
template <class T>
bool unpack(const blob& from, T& x) {
  byte_reader f{from.bytes()};
  return f.apply(x) && f.remaining() == 0;
}

} // namespace morph
