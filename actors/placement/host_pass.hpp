// One training step on one host, node after node: what the host holds of
// forward values under given decisions. Pure data and functions.
//
// Meaning of a decision. The nodes of a host run in topological order, and
// their backwards in reverse. A value that is kept stays until the backwards
// that read it are done. Where its node recomputes, it goes when its consumers
// have run; a backward that reads it recalls it, its node runs again, after it
// has recalled dropped inputs of its own in the same way, and what was
// recalled stays until its own node's backward. A node that recomputes keeps
// those of its inputs that are kept. Values of other hosts are held from the
// beginning: when they come is not this host's choice.
#pragma once

#include <morph/actors/placement/instance.hpp>

#include <span>
#include <vector>

namespace morph::placement {

/// The part of a graph that runs on one host. Positions replace node ids:
/// first the values that come from other hosts, once for each use, then the
/// nodes in topological order.
struct host_part {
  struct use {
    index value = 0;           ///< Position.
    bool read_backward = true; ///< By the backward of the consumer.
  };

  /// What comes from elsewhere has no backward here and never runs again.
  index imports = 0;
  std::vector<index> node; ///< By position: id in the problem.
  std::vector<double> bytes;
  std::vector<double> seconds;
  std::vector<char> must_keep;
  std::vector<char> reads_own;
  std::vector<index> consumers; ///< How many.
  std::vector<use> all_uses;    ///< In the order of their consumers.
  std::vector<index> first_use;

  index size() const {
    return static_cast<index>(node.size());
  }

  /// What the node at `i` reads.
  std::span<const use> uses(index i) const {
    auto end = i + 1 < size() ? first_use[i + 1] : all_uses.size();
    return std::span{all_uses}.subspan(first_use[i], end - first_use[i]);
  }
};

/// One part per host.
std::vector<host_part> split(const instance& x,
                             std::span<const index> assignment);

/// What a pass takes.
struct pass_usage {
  double peak = 0;    ///< Bytes held at any time.
  double seconds = 0; ///< Worker time of forwards that ran again.
};

/// Plays passes over one host.
class host_pass {
public:
  explicit host_pass(const host_part& g) : g_(g) {
    // nop
  }

  /// `drop` is nonzero, by position, for nodes that recompute.
  pass_usage run(std::span<const char> drop);

private:
  void count_holders();
  void forward();
  void backward();
  void recall(index i);
  void grow(double bytes);
  void let_go(index value);

  const host_part& g_;
  std::span<const char> drop_;
  pass_usage usage_;
  double held_ = 0;
  std::vector<char> recalled_;
  std::vector<index> holders_; ///< Backwards that keep the value.
  std::vector<index> waiting_; ///< Consumers that have not run yet.
  std::vector<index> stack_;
};

} // namespace morph::placement
