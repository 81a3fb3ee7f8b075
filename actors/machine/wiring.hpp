// Who sends what to whom: the edges of a deployed graph, seen from each node.
// Derived from a `deployment` alone, so all hosts derive the same.
//
// Thread-safety: immutable.
//
// Invariants:
// 1. The out-edges of a node are ordered by (consumer, input port), the
//    session last. Their index is the *slot* of a cotangent, and cotangents
//    are summed in slot order.
// 2. An edge *answers* if its producer needs a gradient: the consumer then
//    sends exactly one cotangent or none per step.
// 3. An edge *drops* if the plan recomputes its value: the consumer forgets
//    it after its forward pass and recalls it when it needs it again.
// 4. Under `memory_rule::in_order` the nodes of a host run one after the other
//    in training steps: a *turn* goes from node to node in the order of their
//    numbers, and for the backward pass in reverse among those that
//    differentiate. Both orders are topological, so turns make no cycle.
#pragma once

#include <morph/actors/machine/deployment.hpp>
#include <morph/transport/address.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace morph {

struct in_edge {
  port_ref from;
  uint32_t slot = 0;    ///< Index among the producer's out-edges.
  bool answers = false; ///< The producer waits for a cotangent.
  bool drops = false;   ///< Forget the value after the forward pass.
  bool bound = false;   ///< A constant: never sent.
};

/// `to` may be `session_node`; `to_port` is then the index of the result.
struct out_edge {
  node_id to = 0;
  uint16_t to_port = 0;
  uint16_t port = 0; ///< Which output of the producer.
  bool answers = false;
  bool drops = false;
};

enum class pass_direction : uint8_t { forward, backward };

class wiring {
public:
  explicit wiring(const deployment& x);

  std::span<const in_edge> inputs(node_id n) const noexcept {
    return {ins_.data() + first_in_[n], first_in_[n + 1] - first_in_[n]};
  }

  std::span<const out_edge> consumers(node_id n) const noexcept {
    return {outs_.data() + first_out_[n], first_out_[n + 1] - first_out_[n]};
  }

  /// True if a gradient is wanted for this output port.
  bool needs_gradient(port_ref x) const noexcept {
    return needs_[first_port_[x.node] + x.port];
  }

  /// True if a gradient is wanted for one of its outputs.
  bool differentiates(const graph_node& n) const noexcept;

  /// Who has the turn after `n`; null if there is none.
  const node_id* next_turn(node_id n, pass_direction d) const noexcept {
    auto& t = turns_[static_cast<size_t>(d)];
    return t.empty() || t[n].next == n ? nullptr : &t[n].next;
  }

  /// True if `n` waits for its turn.
  bool awaits_turn(node_id n, pass_direction d) const noexcept {
    auto& t = turns_[static_cast<size_t>(d)];
    return !t.empty() && t[n].waits;
  }

  /// True for parameters that the session trains.
  bool trained(node_id n) const noexcept {
    return trained_[n];
  }

  /// Nodes that wait for `begin_step`: parameters and sources.
  std::span<const node_id> starters() const noexcept {
    return starters_;
  }

  std::span<const node_id> trained_parameters() const noexcept {
    return trained_nodes_;
  }

  std::span<const node_id> input_nodes() const noexcept {
    return input_nodes_;
  }

private:
  void find_roles(const deployment& x);
  void find_gradients(const deployment& x);
  void join(const deployment& x);
  void take_turns(const deployment& x);

  struct turn {
    node_id next = 0; // the node itself: nobody
    bool waits = false;
  };

  std::vector<in_edge> ins_;
  std::vector<out_edge> outs_;
  std::vector<uint32_t> first_in_;
  std::vector<uint32_t> first_out_;
  std::vector<uint32_t> first_port_;
  std::vector<bool> needs_;
  std::vector<bool> trained_;
  std::vector<node_id> starters_;
  std::vector<node_id> trained_nodes_;
  std::vector<node_id> input_nodes_;
  std::array<std::vector<turn>, 2> turns_; // by direction; empty: free order
};

/// True if a node of the deployment is an actor: not an input, not a constant.
bool runs_somewhere(const graph_node& x) noexcept;

} // namespace morph
