// A deployed graph as a session sees it, whatever the runtime.
//
// Thread-safety: all members may be called from any thread; callbacks come
// from the thread that finished the step and must not block.
#pragma once

#include <morph/actors/machine/deployment.hpp>
#include <morph/actors/machine/node_machine.hpp>
#include <morph/actors/machine/step_machine.hpp>
#include <morph/graph/error.hpp>

#include <caf/fwd.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace morph {

/// What one node has done so far.
struct node_report {
  node_id node = 0;
  std::string name;
  std::string op;
  std::string host;
  uint64_t forward_runs = 0;
  uint64_t backward_runs = 0;
  uint64_t skipped = 0;
  uint64_t recomputed = 0;
  double forward_seconds = 0;  ///< Latest sample.
  double backward_seconds = 0; ///< Latest sample.
};

/// Reads the counters of a node.
node_report make_report(const graph_node& node, const node_counters& counters,
                        std::string host);

/// Traffic from one host to another.
struct link_report {
  std::string from;
  std::string to;
  uint64_t frames = 0;
  uint64_t bytes = 0;
  uint64_t elided = 0; ///< Payloads that were not sent again.
  double latency_seconds = 0;
  double bytes_per_second = 0;
};

struct host_report {
  std::string name;
  uint64_t nodes = 0;
  uint64_t forward_bytes_peak = 0; ///< 0 unless a budget is set.
  uint64_t forward_bytes_live = 0;
};

struct run_report {
  std::vector<node_report> nodes;
  std::vector<host_report> hosts;
  std::vector<link_report> links;
};

/// Values, optimiser states and the state of user nodes, by node, as bytes.
using state_map = std::map<node_id, std::vector<std::byte>>;

/// Values of parameters by node.
using assignment_map = std::map<node_id, tensor>;
using step_callback = std::function<void(result<step_output>)>;

class engine {
public:
  virtual ~engine();

  /// The plan that steps run under now.
  virtual const deployment& plan() const = 0;

  /// Runs a step; `done` is called exactly once, possibly before `submit`
  /// returns. Steps start in the order of their submission.
  virtual void submit(step_order x, step_callback done) = 0;

  /// Waits for steps in flight and returns what nodes keep between steps.
  virtual result<state_map> save_state() = 0;

  /// Waits for steps in flight and puts back what `save_state` returned.
  virtual result<void> load_state(const state_map& xs) = 0;

  /// Waits for steps in flight and replaces values of parameters.
  virtual result<void> assign(const assignment_map& xs) = 0;

  virtual result<run_report> report() = 0;

  /// Plans again with what has been measured and moves nodes if that pays;
  /// returns what was decided, in words.
  virtual result<std::string> replan(bool force) = 0;

  /// Why each node is where it is.
  virtual result<std::string> explain() = 0;
};

} // namespace morph
