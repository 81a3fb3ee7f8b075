// A problem that was checked and indexed: what all planners read.
//
// Thread-safety: immutable once made.
#pragma once

#include <morph/actors/placement/problem.hpp>

#include <tl/expected.hpp>

#include <span>
#include <vector>

namespace morph::placement {

/// Lists of indexes, one per key, in one array.
class index_lists {
public:
  index_lists() = default;

  /// Sorts the positions of `keys` by key, stably; keys are < `size`.
  index_lists(std::size_t size, std::span<const index> keys);

  std::span<const index> operator[](std::size_t key) const {
    return {items_.data() + begin_[key], begin_[key + 1] - begin_[key]};
  }

private:
  std::vector<index> begin_;
  std::vector<index> items_;
};

/// A checked problem with everything that the algorithms look up: adjacency,
/// a topological order, groups of nodes that must share a host, and the hosts
/// each group may use.
///
/// Immutable after make_instance(), so any number of threads may read it. It
/// refers to the problem, which must outlive it and must not change.
///
/// Invariants:
/// 1. Every node is in exactly one group; groups are numbered by their
///    smallest node.
/// 2. Every group has at least one allowed host, and an allowed host is
///    present and runs every node of the group in finite time.
struct instance {
  const problem* source = nullptr;
  index nodes = 0;
  index hosts = 0;
  index groups = 0;
  /// Nodes, producers first; ties by node id.
  std::vector<index> order;
  /// Edges by consumer and by producer, feeds and results by node: positions
  /// in the vectors of the problem.
  index_lists in;
  index_lists out;
  index_lists feeds;
  index_lists results;
  std::vector<index> group_of;
  index_lists members;
  /// allowed[group * hosts + host]
  std::vector<char> allowed;
  /// latency[from * hosts + to] and seconds per byte, 0 on the diagonal.
  std::vector<double> latency;
  std::vector<double> byte_seconds;

  double forward(index node, index host) const {
    return source->forward_seconds[std::size_t{node} * hosts + host];
  }

  /// 0 in a problem without training.
  double backward(index node, index host) const {
    return source->training
             ? source->backward_seconds[std::size_t{node} * hosts + host]
             : 0.0;
  }

  bool may_run(index group, index host) const {
    return allowed[std::size_t{group} * hosts + host] != 0;
  }

  /// Time of a message that has the link for itself.
  double transfer(index from, index to, double bytes) const {
    auto link = std::size_t{from} * hosts + to;
    return from == to ? 0.0 : latency[link] + bytes * byte_seconds[link];
  }
};

/// Checks `p` and prepares it. O(nodes * hosts + edges).
tl::expected<instance, defect> make_instance(const problem& p);

/// Says why `assignment` (host per node) breaks a rule of `x`, if it does.
std::optional<defect> find_violation(const instance& x,
                                     std::span<const index> assignment);

} // namespace morph::placement
