// Compares derivatives with differences. For trying out user nodes and rules,
// not for production: each element costs four runs.
//
// Thread-safety: pure functions; the graph that is checked is not changed.
//
// Invariants:
// 1. Graphs of ops alone are checked in f64, whatever their element types. A
//    graph with user nodes is checked as it is, and f32 gets a wider step and
//    tolerance.
// 2. The same arguments give the same report.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/expr.hpp>
#include <morph/graph/graph.hpp>
#include <morph/graph/user_node.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace morph {

struct gradcheck_options {
  /// Bound on |a - b| / max(1, |a|, |b|); 0 means 1e-6, or 5e-3 in f32.
  double tolerance = 0;
  /// Distance of the sampled points, times max(1, |x|); 0 means 1e-4, or 1e-2
  /// in f32.
  double step = 0;
  /// At most so many elements of each value are compared, evenly spread.
  size_t max_elements = 64;
};

struct gradcheck_report {
  /// True if all comparisons are within the tolerance.
  bool passed = true;
  /// Largest deviation, relative as in `gradcheck_options::tolerance`.
  double worst = 0;
  /// Where it was, with both numbers.
  std::string worst_case;
  /// The first deviation beyond the tolerance in the smallest value that has
  /// one; empty if passed.
  std::string failing_case;
  /// Number of comparisons.
  size_t compared = 0;
  /// True if forward mode was compared too; user nodes have none.
  bool forward_mode = false;
};

/// `passed: 24 comparisons, worst 3e-11 ...`, or the failing case.
std::string to_string(const gradcheck_report& x);

/// MM0206 with the failing case.
error to_error(const gradcheck_report& x);

/// Values of inputs.
using leaf_values = std::vector<std::pair<expr, value>>;

/// Compares the gradients of `loss` in `wrt`, which are inputs or parameters,
/// with differences, and with forward mode. Parameters have their initial
/// values. Fails if the loss cannot be computed or differentiated; gradients
/// that are wrong make a report that has not passed.
result<gradcheck_report> check_gradients(const graph& g, const expr& loss,
                                         const std::vector<expr>& wrt,
                                         const leaf_values& feeds = {},
                                         const gradcheck_options& options = {});

/// As below, type-erased.
result<gradcheck_report> check_user_node(std::shared_ptr<const user_node> node,
                                         const std::vector<value>& inputs,
                                         const gradcheck_options& options = {});

/// Checks `backward` of a user node against its `forward` at `inputs`: all
/// floating tensors among inputs and outputs, with fixed weights on the
/// outputs.
template <class T>
result<gradcheck_report> check_node(T node, const std::vector<value>& inputs,
                                    const gradcheck_options& options = {}) {
  return check_user_node(std::make_shared<user_node_model<T>>(std::move(node)),
                         inputs, options);
}

} // namespace morph
