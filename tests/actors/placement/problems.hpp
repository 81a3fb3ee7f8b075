#pragma once

#include <morph/actors/placement/instance.hpp>
#include <morph/actors/placement/random.hpp>

#include <string>
#include <vector>

/// Problems for the planner's tests.
namespace morph::placement::test {

constexpr double us = 1e-6;

/// Hosts h0, h1, ... with one worker each, all pairs linked alike.
inline problem with_hosts(index hosts, link between) {
  problem p;
  for (index h = 0; h < hosts; ++h) {
    p.hosts.emplace_back();
    p.hosts.back().name = "h" + std::to_string(h);
  }
  p.links.assign(std::size_t{hosts} * hosts, between);
  return p;
}

/// Adds a node with these forward times per host; its backward takes twice
/// as long.
inline index add_node(problem& p, std::string name,
                      std::vector<double> seconds) {
  p.nodes.emplace_back();
  p.nodes.back().name = std::move(name);
  for (auto t : seconds) {
    p.forward_seconds.push_back(t);
    p.backward_seconds.push_back(2 * t);
  }
  return static_cast<index>(p.nodes.size() - 1);
}

inline void connect(problem& p, index from, index to, double bytes) {
  p.edges.push_back({from, to, bytes, bytes});
}

/// A chain of `n` equal nodes that hold `bytes` each.
inline problem chain(index n, double seconds, double bytes, index hosts = 1,
                     link between = {}) {
  auto p = with_hosts(hosts, between);
  p.training = true;
  for (index v = 0; v < n; ++v) {
    add_node(p, "n" + std::to_string(v), std::vector(hosts, seconds));
    p.nodes[v].value_bytes = bytes;
    if (v > 0)
      connect(p, v - 1, v, bytes);
  }
  return p;
}

struct shape {
  index nodes = 8;
  index hosts = 3;
  /// Edges per node, about.
  double density = 1.5;
  /// Mean transfer time over mean node time.
  double ccr = 1.0;
  bool training = true;
  /// Chance of a pin, a forbidden host or a keep_local per node.
  double constrained = 0.0;
};

/// A random graph on random hosts and links; the ids are not in topological
/// order.
inline problem random_problem(std::uint64_t seed, const shape& s) {
  random r{seed};
  auto p = with_hosts(s.hosts, {});
  p.training = s.training;
  for (auto& l : p.links) {
    l.latency = 2 * us * (1 + r.below(10));
    l.bandwidth = 1e8 * (1 + r.below(10));
    l.send_seconds = 0.1 * us * r.below(5);
    l.receive_seconds = 0.1 * us * r.below(5);
  }
  std::vector<double> speed;
  for (auto& h : p.hosts) {
    h.workers = 1 + r.below(2);
    h.hop_seconds = 0.2 * us;
    speed.push_back(0.5 + r.unit() * 1.5);
  }
  std::vector<index> id(s.nodes);
  for (index v = 0; v < s.nodes; ++v) {
    auto work = (10 + 90 * r.unit()) * us;
    std::vector<double> times;
    for (auto x : speed)
      times.push_back(work / x * (0.8 + 0.4 * r.unit()));
    add_node(p, "n" + std::to_string(v), times);
    p.nodes[v].value_bytes = 100 + r.below(1000);
    p.nodes[v].state_bytes = r.below(2) * 1000;
    id[v] = v;
  }
  for (index v = s.nodes; v > 1; --v)
    std::swap(id[v - 1], id[r.below(v)]);
  auto edges = static_cast<index>(s.density * s.nodes);
  for (index e = 0; e < edges && s.nodes > 1; ++e) {
    auto a = r.below(s.nodes);
    auto b = r.below(s.nodes);
    if (a == b)
      continue;
    auto bytes = s.ccr * 55 * us * 5e8 * 2 * r.unit();
    p.edges.push_back({id[std::min(a, b)], id[std::max(a, b)], bytes,
                       r.below(4) == 0 ? no_message : bytes});
  }
  p.feeds.push_back({id[0], 1000.0, no_message});
  p.results.push_back({id[s.nodes - 1], 8.0, r.below(2) ? 8.0 : no_message});
  p.nodes[id[0]].parameter = r.below(2);
  p.commit_round_trips = r.below(2);
  for (auto& x : p.nodes) {
    if (r.unit() >= s.constrained)
      continue;
    switch (r.below(3)) {
      case 0:
        x.pinned = r.below(s.hosts);
        break;
      case 1:
        x.forbidden.push_back(r.below(s.hosts));
        break;
      default:
        x.keep_local = true;
    }
  }
  return p;
}

/// Calls `visit` with every assignment that respects the rules.
template <class Visitor>
void for_each_assignment(const instance& x, Visitor visit) {
  std::vector<index> host(x.nodes, 0);
  while (true) {
    if (!find_violation(x, host))
      visit(host);
    index v = 0;
    while (v < x.nodes && ++host[v] == x.hosts)
      host[v++] = 0;
    if (v == x.nodes)
      return;
  }
}

} // namespace morph::placement::test
