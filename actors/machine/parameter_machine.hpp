// The state machine of a parameter: holds a value and its optimiser's state.
//
// Thread-safety: none; one caller at a time.
//
// Invariants:
// 1. Steps pass in the order of their `on_begin`: while a training step waits
//    for its commit, later steps wait too, so each step sees the value that
//    all earlier ones have left.
// 2. The value changes in `on_commit` alone, so a step counts for all
//    parameters or for none.
// 3. Its version changes exactly when its value does.
#pragma once

#include <morph/actors/machine/node_machine.hpp>
#include <morph/actors/machine/outlet.hpp>

#include <cstdint>
#include <deque>
#include <span>
#include <vector>

namespace morph {

class parameter_machine {
public:
  parameter_machine(const machine_context& context, node_id id,
                    node_counters& counters);

  node_id id() const noexcept {
    return node_->id;
  }

  void on_begin(uint64_t step, uint8_t flags, outlet& out);
  void on_backward(uint32_t slot, uint64_t step, versioned x, outlet& out);
  void on_recall(uint32_t slot, uint64_t step, outlet& out);
  void on_commit(uint64_t step, double scale, outlet& out);
  void on_cancel(uint64_t step, outlet& out);

  void rewire(const machine_context& context);

  /// The value, its optimiser's state and version, as bytes.
  void save(byte_writer& f) const;
  bool load(byte_reader& f);

  const tensor& content() const noexcept {
    return slot_.value;
  }

  /// Replaces the value and clears the optimiser's state. Fails with MM0107
  /// if type or shape differ. REQUIRES: no step is in flight.
  result<void> assign(tensor x);

  /// Adds a line if a step waits here, and says for what.
  void tell_waits(std::vector<std::string>& out) const;

private:
  struct pending {
    uint64_t step;
    uint8_t flags;
  };

  void start(pending x, outlet& out);
  void next(outlet& out);
  void gather(outlet& out);

  machine_context context_;
  const graph_node* node_;
  std::span<const out_edge> outs_;
  node_counters* counters_;
  uint32_t answers_ = 0;
  bool trained_ = false;
  bool wanted_ = false;
  optimiser::slot slot_;
  uint64_t version_ = 0;
  uint64_t assignments_ = 0;
  bool busy_ = false; // `current_` waits for gradients or its commit
  pending current_{};
  uint32_t answered_ = 0;
  std::vector<value> cotangents_;
  tensor gradient_;
  std::deque<pending> waiting_;
};

} // namespace morph
