// The state machine of one node: what a node actor does, without an actor.
//
// Thread-safety: none; one caller at a time, as an actor guarantees.
//
// Invariants:
// 1. The node fires forward for a step when all its inputs for that step have
//    arrived, exactly once; it fires backward when every consumer that
//    answers has answered, and after its forward. In a training step it waits
//    for its turn too, where nodes run in order.
// 2. "No gradient" is a message: a node that gets only none answers none.
// 3. Cotangents are summed in slot order, never in arrival order.
// 4. For backward a node keeps only what its rule reads, minus what the plan
//    recomputes; after its last firing of a step it holds nothing of it,
//    except results cached for later steps within the host's cache budget.
// 5. A failure is reported once per step; nothing is thrown.
// 6. If no input's version changed since the last firing, the node sends its
//    cached results under their old versions instead of running.
#pragma once

#include <morph/actors/machine/outlet.hpp>
#include <morph/actors/machine/slots.hpp>
#include <morph/actors/machine/wiring.hpp>
#include <morph/autodiff/node_backward.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace morph {

/// Measured work of one node; written by the node, read by anyone.
struct node_counters {
  std::atomic<uint64_t> forward_runs{0};
  std::atomic<uint64_t> backward_runs{0};
  std::atomic<uint64_t> skipped{0}; ///< Firings answered from the cache.
  std::atomic<uint64_t> recomputed{0};
  std::atomic<uint32_t> forward_ns{0};  ///< Latest sample.
  std::atomic<uint32_t> backward_ns{0}; ///< Latest sample.
};

/// Bytes of forward values that the nodes of one host hold.
class value_ledger;

/// What all machines of a deployment on one host share.
struct machine_context {
  const deployment* plan = nullptr;
  const wiring* wires = nullptr;
  std::atomic<int64_t>* cache_left = nullptr;
  value_ledger* ledger = nullptr; ///< Null unless values are accounted for.
};

class node_machine {
public:
  node_machine(const machine_context& context, node_id id,
               node_counters& counters);
  ~node_machine();

  node_id id() const noexcept {
    return node_->id;
  }

  /// A value for input `port` has arrived.
  void on_forward(uint32_t port, uint64_t step, versioned x, outlet& out);

  /// The consumer at out-edge `slot` has answered.
  void on_backward(uint32_t slot, uint64_t step, versioned x, outlet& out);

  /// The consumer at out-edge `slot` needs the value again.
  void on_recall(uint32_t slot, uint64_t step, outlet& out);

  /// The step begins; only for nodes without live inputs.
  void on_begin(uint64_t step, uint8_t flags, outlet& out);

  /// The node before it on this host has run.
  void on_turn(pass_direction d, uint64_t step, outlet& out);

  /// Forgets the step, now and when late messages come.
  void on_cancel(uint64_t step);

  /// Continues under another plan. REQUIRES: no step is in flight.
  void rewire(const machine_context& context);

  /// The user's struct, for snapshots; null for ops.
  user_node* user() noexcept {
    return user_.get();
  }

  /// Steps of which this node holds something.
  size_t steps_held() const noexcept;

  /// Adds a line for each step that waits here, and says for what.
  void tell_waits(std::vector<std::string>& out) const;

private:
  struct step_state;
  struct memory;
  using step_pointer = std::unique_ptr<step_state, free_slots>;
  using memory_pointer = std::unique_ptr<memory, free_slots>;

  step_state* find(uint64_t step) noexcept;
  step_state* find_or_make(uint64_t step);
  void drop(uint64_t step);
  bool is_cancelled(uint64_t step) const noexcept;
  void fail_step(step_state& s, error e, outlet& out);
  void arrive(step_state& s, outlet& out);
  void fire_forward(step_state& s, outlet& out);
  bool compute(step_state& s, outlet& out);
  bool unchanged(step_state& s) const noexcept;
  void remember(step_state& s);
  void forget();
  void send_results(step_state& s, outlet& out);
  void release_after_forward(step_state& s);
  void try_backward(step_state& s, outlet& out);
  bool recall_missing(step_state& s, outlet& out, bool for_rule);
  void fire_backward(step_state& s, outlet& out);
  void answer_none(step_state& s, outlet& out);
  void continue_recalls(step_state& s, outlet& out);
  result<void> run_backward(step_state& s, std::span<value> gradients);
  rule_use input_use(uint32_t i) const noexcept;
  rule_use output_use(uint32_t i) const noexcept;
  bool accounted(const step_state& s, size_t port) const noexcept;
  void hold_input(step_state& s, size_t port, value x);
  void release_input(step_state& s, size_t port);
  void hold_outputs(step_state& s);
  void release_output(step_state& s, size_t port);

  machine_context context_;
  const graph_node* node_;
  std::span<const in_edge> ins_;
  std::span<const out_edge> outs_;
  port_counts places_;
  uint32_t arrivals_ = 0; ///< Live inputs; one if the step's begin is all.
  uint32_t answers_ = 0;  ///< Out-edges that answer, and the turn if awaited.
  bool awaits_turn_ = false;
  bool differentiates_ = false;
  bool stateless_ = true;
  node_counters* counters_;
  std::shared_ptr<const node_rule> rule_;
  std::unique_ptr<user_node> user_;
  step_pointer live_;
  step_pointer spare_;
  std::vector<uint64_t> cancelled_;
  memory_pointer memory_;
};

} // namespace morph
