// Graphs for tests of readers, writers and passes: one by hand, and random
// ones in any number.
#pragma once

#include <morph/graph/graph.hpp>

#include <cstdint>
#include <map>
#include <string>
#include <tuple>

/// A user node with a state that can travel.
struct sample_scale : morph::node<sample_scale> {
  double factor = 1;

  morph::tensor forward(const morph::tensor& x) const;

  template <class F>
  friend bool inspect(F& f, sample_scale& x) {
    return f.object(x).fields(f.field("factor", x.factor));
  }
};

/// A user node whose state cannot leave this process.
struct sample_bound : morph::node<sample_bound> {
  explicit sample_bound(int* p) : target(p) {
    // nop
  }

  int* target;

  morph::tensor forward(const morph::tensor& x) const;
};

/// A user node with two outputs, one of which is no tensor.
struct sample_pair : morph::node<sample_pair> {
  std::tuple<morph::tensor, std::string> forward(const morph::tensor& x) const;
};

/// Equal in all there is to a node, outputs included.
bool same_graph(const morph::graph& a, const morph::graph& b);

/// Nodes of many ops, all kinds of attributes, odd names, hints, user nodes,
/// several outputs. Equal seeds give equal graphs.
morph::graph random_graph(uint64_t seed, size_t nodes);

/// Runs a graph without user nodes node by node; values by port.
std::map<morph::port_ref, morph::tensor> interpret(
  const morph::graph& g, const std::map<std::string, morph::tensor>& inputs);
