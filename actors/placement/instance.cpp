#include <morph/actors/placement/instance.hpp>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <queue>

namespace morph::placement {

namespace {

bool is_time(double x) {
  return x >= 0.0; // false for NaN
}

bool is_size(double x) {
  return x >= 0.0 && std::isfinite(x);
}

bool is_backward_size(double x) {
  return x == no_message || is_size(x);
}

std::string quoted(const std::string& name) {
  return "'" + name + "'";
}

defect at_node(const problem& p, defect_code code, index v, const char* what) {
  return {code, v, none, "node " + quoted(p.nodes[v].name) + " " + what};
}

std::optional<defect> check_hosts(const problem& p) {
  const auto hosts = p.hosts.size();
  if (hosts == 0 || hosts >= none)
    return defect{defect_code::no_host, none, none, "there is no host"};
  if (p.driver >= hosts || !p.hosts[p.driver].present)
    return defect{defect_code::no_host, none, none,
                  "the driver is not a host that is present"};
  if (p.links.size() != hosts * hosts)
    return defect{defect_code::bad_size, none, none,
                  "the link matrix does not fit the number of hosts"};
  for (index h = 0; h < hosts; ++h) {
    const auto& x = p.hosts[h];
    if (x.workers == 0 || !is_time(x.memory_bytes) || !is_size(x.hop_seconds))
      return defect{defect_code::bad_number, none, h,
                    "host " + quoted(x.name)
                      + " has no worker, or a negative budget or hop time"};
    for (index g = 0; g < hosts; ++g) {
      const auto& l = p.links[h * hosts + g];
      if (g != h
          && (!is_time(l.latency) || !is_size(1.0 / l.bandwidth)
              || !is_size(l.send_seconds) || !is_size(l.receive_seconds)))
        return defect{defect_code::bad_number, none, h,
                      "the link from " + quoted(x.name) + " to "
                        + quoted(p.hosts[g].name)
                        + " has a negative time or no bandwidth"};
    }
  }
  return std::nullopt;
}

std::optional<defect> check_times(const problem& p) {
  const auto cells = p.nodes.size() * p.hosts.size();
  if (p.nodes.size() >= none / 4 || p.edges.size() >= none)
    return defect{defect_code::bad_size, none, none,
                  "the graph has too many nodes or edges"};
  if (p.forward_seconds.size() != cells
      || (p.training && p.backward_seconds.size() != cells))
    return defect{defect_code::bad_size, none, none,
                  "the matrix of times does not fit nodes and hosts"};
  auto bad = [](double x) { return !is_time(x); };
  for (const auto* times : {&p.forward_seconds, &p.backward_seconds}) {
    auto i = std::find_if(times->begin(), times->end(), bad);
    if (i != times->end() && (p.training || times == &p.forward_seconds)) {
      auto cell = static_cast<std::size_t>(i - times->begin());
      return at_node(p, defect_code::bad_number,
                     static_cast<index>(cell / p.hosts.size()),
                     "has a time that is negative or no number");
    }
  }
  if (!is_size(p.commit_round_trips))
    return defect{defect_code::bad_number, none, none,
                  "the number of commit round trips is negative or infinite"};
  return std::nullopt;
}

std::optional<defect> check_nodes(const problem& p) {
  const auto hosts = p.hosts.size();
  for (index v = 0; v < p.nodes.size(); ++v) {
    const auto& x = p.nodes[v];
    if (x.pinned != none && x.pinned >= hosts)
      return at_node(p, defect_code::bad_index, v,
                     "is pinned to a host that does not exist");
    for (auto h : x.forbidden)
      if (h >= hosts)
        return at_node(p, defect_code::bad_index, v,
                       "forbids a host that does not exist");
    if (!is_size(x.state_bytes) || !is_size(x.value_bytes))
      return at_node(p, defect_code::bad_number, v,
                     "has a size that is negative or infinite");
  }
  return std::nullopt;
}

std::optional<defect> check_edges(const problem& p) {
  const auto nodes = p.nodes.size();
  for (const auto& e : p.edges) {
    if (e.from >= nodes || e.to >= nodes)
      return defect{defect_code::bad_index, none, none,
                    "an edge names a node that does not exist"};
    if (!is_size(e.forward_bytes) || !is_backward_size(e.backward_bytes))
      return at_node(p, defect_code::bad_number, e.from,
                     "has an edge with a size that is negative or infinite");
  }
  for (const auto* edges : {&p.feeds, &p.results})
    for (const auto& e : *edges) {
      if (e.node >= nodes)
        return defect{defect_code::bad_index, none, none,
                      "a feed or result names a node that does not exist"};
      if (!is_size(e.forward_bytes) || !is_backward_size(e.backward_bytes))
        return at_node(p, defect_code::bad_number, e.node,
                       "has a feed or result of negative or infinite size");
    }
  return std::nullopt;
}

template <class Items, class Key>
index_lists lists_by(std::size_t size, const Items& items, Key key) {
  std::vector<index> keys;
  keys.reserve(items.size());
  for (const auto& x : items)
    keys.push_back(key(x));
  return {size, keys};
}

void add_adjacency(const problem& p, instance& x) {
  const auto n = p.nodes.size();
  x.in = lists_by(n, p.edges, [](const edge& e) { return e.to; });
  x.out = lists_by(n, p.edges, [](const edge& e) { return e.from; });
  auto by_node = [](const driver_edge& e) { return e.node; };
  x.feeds = lists_by(n, p.feeds, by_node);
  x.results = lists_by(n, p.results, by_node);
}

void add_links(const problem& p, instance& x) {
  const auto hosts = p.hosts.size();
  x.latency.assign(hosts * hosts, 0.0);
  x.byte_seconds.assign(hosts * hosts, 0.0);
  for (std::size_t a = 0; a < hosts; ++a)
    for (std::size_t b = 0; b < hosts; ++b)
      if (a != b) {
        x.latency[a * hosts + b] = p.links[a * hosts + b].latency;
        x.byte_seconds[a * hosts + b] = 1.0 / p.links[a * hosts + b].bandwidth;
      }
}

std::optional<defect> add_order(const problem& p, instance& x) {
  std::vector<index> missing(x.nodes, 0);
  for (const auto& e : p.edges)
    ++missing[e.to];
  std::priority_queue<index, std::vector<index>, std::greater<>> ready;
  for (index v = 0; v < x.nodes; ++v)
    if (missing[v] == 0)
      ready.push(v);
  x.order.reserve(x.nodes);
  while (!ready.empty()) {
    auto v = ready.top();
    ready.pop();
    x.order.push_back(v);
    for (auto e : x.out[v])
      if (--missing[p.edges[e].to] == 0)
        ready.push(p.edges[e].to);
  }
  if (x.order.size() == x.nodes)
    return std::nullopt;
  // A node that still waits may merely lie behind the cycle: going backwards
  // along waiting producers for as many steps as there are nodes ends on it.
  auto v = static_cast<index>(
    std::find_if(missing.begin(), missing.end(), [](index k) { return k > 0; })
    - missing.begin());
  for (index step = 0; step < x.nodes; ++step)
    for (auto e : x.in[v])
      if (missing[p.edges[e].from] > 0) {
        v = p.edges[e].from;
        break;
      }
  return at_node(p, defect_code::cycle, v, "is on a cycle");
}

index find_root(std::vector<index>& parent, index v) {
  while (parent[v] != v)
    v = parent[v] = parent[parent[v]];
  return v;
}

void add_groups(const problem& p, instance& x) {
  std::vector<index> parent(x.nodes);
  std::iota(parent.begin(), parent.end(), index{0});
  for (const auto& e : p.edges)
    if (p.nodes[e.to].keep_local) {
      auto a = find_root(parent, e.from);
      auto b = find_root(parent, e.to);
      parent[std::max(a, b)] = std::min(a, b); // the root is the smallest node
    }
  x.group_of.resize(x.nodes);
  for (index v = 0; v < x.nodes; ++v) {
    auto root = find_root(parent, v);
    x.group_of[v] = root == v ? x.groups++ : x.group_of[root];
  }
  x.members = {x.groups, x.group_of};
}

/// The host that `v` is tied to by a pin or by a keep_local with the driver
/// as its only producer.
index tied_to(const problem& p, const instance& x, index v) {
  if (p.nodes[v].pinned != none)
    return p.nodes[v].pinned;
  if (p.nodes[v].keep_local && x.in[v].empty() && !x.feeds[v].empty())
    return p.driver;
  return none;
}

std::optional<defect> add_allowed(const problem& p, instance& x) {
  x.allowed.assign(std::size_t{x.groups} * x.hosts, 1);
  auto row = [&x](index v) {
    return x.allowed.begin()
           + static_cast<std::ptrdiff_t>(std::size_t{x.group_of[v]} * x.hosts);
  };
  for (index v = 0; v < x.nodes; ++v) {
    auto tied = tied_to(p, x, v);
    bool possible = false;
    for (index h = 0; h < x.hosts; ++h) {
      auto runs = p.hosts[h].present && std::isfinite(x.forward(v, h))
                  && std::isfinite(x.backward(v, h));
      possible = possible || runs;
      if (!runs || (tied != none && tied != h))
        row(v)[h] = 0;
    }
    if (!possible)
      return at_node(p, defect_code::unplaceable, v,
                     "runs on none of the hosts that are present");
    for (auto h : p.nodes[v].forbidden)
      row(v)[h] = 0;
    if (std::find(row(v), row(v) + x.hosts, 1) == row(v) + x.hosts) {
      auto d = at_node(p, defect_code::conflict, v,
                       "has no host left: its pin, forbidden hosts and those "
                       "of the nodes it stays with exclude each other");
      d.host = tied;
      return d;
    }
  }
  return std::nullopt;
}

} // namespace

index_lists::index_lists(std::size_t size, std::span<const index> keys)
  : begin_(size + 1, 0), items_(keys.size()) {
  for (auto key : keys)
    ++begin_[key + 1];
  std::partial_sum(begin_.begin(), begin_.end(), begin_.begin());
  auto next = begin_;
  for (index i = 0; i < keys.size(); ++i)
    items_[next[keys[i]]++] = i;
}

tl::expected<instance, defect> make_instance(const problem& p) {
  for (auto check : {check_hosts, check_times, check_nodes, check_edges})
    if (auto bad = check(p))
      return tl::unexpected{*bad};
  instance x;
  x.source = &p;
  x.nodes = static_cast<index>(p.nodes.size());
  x.hosts = static_cast<index>(p.hosts.size());
  add_adjacency(p, x);
  add_links(p, x);
  if (auto bad = add_order(p, x))
    return tl::unexpected{*bad};
  add_groups(p, x);
  if (auto bad = add_allowed(p, x))
    return tl::unexpected{*bad};
  return x;
}

std::optional<defect> find_violation(const instance& x,
                                     std::span<const index> assignment) {
  const auto& p = *x.source;
  if (assignment.size() != x.nodes)
    return defect{defect_code::bad_size, none, none,
                  "the assignment does not fit the number of nodes"};
  for (index v = 0; v < x.nodes; ++v) {
    auto h = assignment[v];
    if (h >= x.hosts)
      return at_node(p, defect_code::bad_index, v,
                     "is assigned to a host that does not exist");
    auto first = x.members[x.group_of[v]].front();
    if (!x.may_run(x.group_of[v], h) || assignment[first] != h) {
      auto d = at_node(p, defect_code::conflict, v, "must not run on host ");
      d.host = h;
      d.text += quoted(p.hosts[h].name);
      return d;
    }
  }
  return std::nullopt;
}

} // namespace morph::placement
