// The session's side of the protocol: starts steps, collects results and
// gradients, decides whether a training step counts, and ends it.
//
// Thread-safety: none; one caller at a time.
//
// Invariants:
// 1. A training step is committed only when all its results are there and all
//    parameters have all their contributions; otherwise no parameter changes.
// 2. A failed step is cancelled everywhere and ends exactly once; other steps
//    are not touched.
// 3. Norms are summed in the order of the parameters' ids.
// 4. A step that lacks inputs is cancelled everywhere once what it was asked
//    for is there, so that nothing waits for the rest.
#pragma once

#include <morph/actors/machine/outlet.hpp>
#include <morph/actors/machine/wiring.hpp>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace morph {

/// Values for input nodes.
using feed_list = std::vector<std::pair<node_id, value>>;

/// What a step shall do.
struct step_order {
  feed_list feeds;
  /// Ignored where there is nothing to seed.
  bool backward = false;
  /// Results to compute, as indexes into `deployment::results`; empty: all.
  /// Inputs that they do not depend on need no value; what cannot run without
  /// it does not. REQUIRES: empty if `backward`.
  std::vector<uint32_t> wanted;
};

/// What a step returns.
struct step_output {
  uint64_t step = 0;
  std::vector<value> results;   ///< As `deployment::results`; null: not asked.
  std::vector<value> gradients; ///< As `deployment::wrt`; null: none.
};

/// Where the step machine sends.
class step_outlet {
public:
  virtual ~step_outlet() = default;
  virtual void forward(const out_edge& edge, uint64_t step, versioned x) = 0;
  /// Seeds the out-edge `slot` of `node`.
  virtual void seed(node_id node, uint32_t slot, uint64_t step, versioned x)
    = 0;
  /// To all starters.
  virtual void begin(uint64_t step, uint8_t flags) = 0;
  /// To all trained parameters.
  virtual void commit(uint64_t step, double scale) = 0;
  /// To all nodes.
  virtual void cancel(uint64_t step) = 0;
  virtual void done(uint64_t step, result<step_output> x) = 0;
};

class step_machine {
public:
  step_machine(const deployment& plan, const wiring& wires);
  ~step_machine();

  /// Checks the feeds of a step without starting it.
  result<void> check(const step_order& x) const;

  /// Starts a step. REQUIRES: it passes `check`, and `step` is larger than that
  /// of all earlier calls.
  void start(uint64_t step, const step_order& x, step_outlet& out);

  void on_result(uint32_t index, uint64_t step, versioned x, step_outlet& out);
  /// An input's consumer has answered.
  void on_backward(node_id input, uint32_t slot, uint64_t step, versioned x,
                   step_outlet& out);
  void on_ready(node_id parameter, uint64_t step, double norm2,
                bool has_gradient, step_outlet& out);
  void on_gradient(node_id parameter, uint64_t step, value x, step_outlet& out);
  void on_failed(uint64_t step, error what, step_outlet& out);

  /// Fails every step in flight, e.g. because a host is lost.
  void fail_all(const error& what, step_outlet& out);

  size_t in_flight() const noexcept {
    return live_.size();
  }

  /// Adds a line for each step in flight, and says for what it waits.
  void tell_waits(std::vector<std::string>& out) const;

private:
  struct step_state;

  struct input_state {
    value last;
    uint64_t version = 0;
  };

  step_state* find(uint64_t step) noexcept;
  void seed_loss(step_state& s, uint32_t index, step_outlet& out);
  void try_finish(step_state& s, step_outlet& out);
  void end(step_state& s, result<step_output> x, step_outlet& out);
  size_t wrt_index(node_id n) const noexcept;
  std::vector<bool> needed_for(const std::vector<uint32_t>& wanted) const;

  const deployment& plan_;
  const wiring& wires_;
  std::map<node_id, input_state> inputs_;
  std::vector<tensor> seeds_; // per result; ones, reused while the type holds
  std::vector<std::unique_ptr<step_state>> live_;
};

} // namespace morph
