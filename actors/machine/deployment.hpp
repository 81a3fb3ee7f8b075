// What is deployed: a lowered graph with the roles that a session gives its
// nodes and the decisions of the plan. Pure data: it can be printed, compared
// and sent to a host.
//
// Thread-safety: read-only once deployed.
#pragma once

#include <morph/actors/machine/optimiser.hpp>
#include <morph/graph/graph.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace morph {

/// How closely hosts keep to a budget of forward values.
enum class memory_rule : uint8_t {
  free,     ///< There is no budget.
  counted,  ///< Whatever the order, values fit. One training step at a time.
  in_order, ///< As planned only if each host runs its nodes one by one.
};

/// What a planner decides.
struct arrangement {
  /// Host of each node; index into `deployment::hosts`. Inputs and constants:
  /// ignored.
  std::vector<uint16_t> host_of;
  /// Nodes whose values are dropped after the forward pass and recomputed;
  /// empty: none.
  std::vector<bool> recompute;
  memory_rule memory = memory_rule::free;

  bool recomputes(node_id n) const noexcept {
    return !recompute.empty() && recompute[n];
  }

  /// Whether it speaks of that many nodes and hosts.
  bool fits(size_t nodes, size_t hosts) const noexcept;

  friend bool operator==(const arrangement&, const arrangement&) = default;

  template <class Inspector>
  friend bool inspect(Inspector& f, arrangement& x) {
    std::vector<uint8_t> again{x.recompute.begin(), x.recompute.end()};
    auto rule = static_cast<uint8_t>(x.memory);
    if (!f(x.host_of, again, rule)
        || rule > static_cast<uint8_t>(memory_rule::in_order))
      return false;
    x.recompute.assign(again.begin(), again.end());
    x.memory = static_cast<memory_rule>(rule);
    return true;
  }
};

struct deployment : arrangement {
  uint32_t id = 0;
  graph net;
  /// What each step returns, in this order. Every loss is among them.
  std::vector<port_ref> results;
  /// Indexes into `results` that are seeded with ones for the backward pass.
  std::vector<uint32_t> losses;
  /// Inputs and parameters whose gradients each step returns, in this order.
  std::vector<node_id> wrt;
  /// Trains every parameter that a loss depends on; none: no training.
  optimiser update;
  /// Scales gradients so that their global 2-norm is at most this; 0: never.
  double clip_norm = 0;
  /// Fails a step whose gradients hold NaN or infinity (MM0205).
  bool watch_gradients = false;
  std::vector<std::string> hosts;
  /// Bytes that nodes of one host may hold to avoid running again.
  uint64_t cache_bytes = 256ull << 20;

  bool trains() const noexcept {
    return static_cast<bool>(update);
  }

  bool has_backward() const noexcept {
    return !losses.empty();
  }
};

/// Serialises everything but functions; fails with MM0508 for what cannot
/// travel.
result<void> encode_deployment(const deployment& x, byte_writer& f);

/// Inverse of `encode_deployment`; nothing in `f` is trusted.
result<deployment> decode_deployment(byte_reader& f);

} // namespace morph
