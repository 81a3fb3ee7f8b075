#include <morph/actors/runtime/engine.hpp>

namespace morph {

engine::~engine() {
  // nop
}

node_report make_report(const graph_node& node, const node_counters& counters,
                        std::string host) {
  node_report out;
  out.node = node.id;
  out.name = display_name(node);
  out.op = node.user ? std::string{node.user->type_name()}
                     : std::string{node.kind->name};
  out.host = std::move(host);
  out.forward_runs = counters.forward_runs.load(std::memory_order_relaxed);
  out.backward_runs = counters.backward_runs.load(std::memory_order_relaxed);
  out.skipped = counters.skipped.load(std::memory_order_relaxed);
  out.recomputed = counters.recomputed.load(std::memory_order_relaxed);
  out.forward_seconds
    = counters.forward_ns.load(std::memory_order_relaxed) * 1e-9;
  out.backward_seconds
    = counters.backward_ns.load(std::memory_order_relaxed) * 1e-9;
  return out;
}

} // namespace morph
