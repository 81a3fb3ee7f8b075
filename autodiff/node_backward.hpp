// The backward half of one node: its derivative rule, compiled. Node actors
// run it; nodes that are equal share one.
//
// Thread-safety: rules are immutable; `make_node_rule` may be called from any
// thread.
//
// Invariants:
// 1. It performs the same kernel calls as `grad` would insert, so results
//    agree bit for bit if the rule is made from the declared types of the
//    node's inputs.
// 2. It reads of inputs and outputs only what `input_use` and `output_use`
//    say: the rest need not be kept until the backward pass.
#pragma once

#include <morph/graph/expr.hpp>
#include <morph/graph/program.hpp>

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

namespace morph {

/// What a backward rule needs of a forward value.
enum class rule_use : uint8_t {
  nothing,
  shape, ///< `shape_of` the value will do.
  elements,
};

class node_rule {
public:
  rule_use input_use(size_t i) const noexcept {
    return inputs_[i];
  }

  rule_use output_use(size_t i) const noexcept {
    return outputs_[i];
  }

  bool reads_input(size_t i) const noexcept {
    return inputs_[i] != rule_use::nothing;
  }

  bool reads_output(size_t i) const noexcept {
    return outputs_[i] != rule_use::nothing;
  }

  /// True if input `i` can get a gradient at all: it was wanted and the rule
  /// has one.
  bool has_gradient(size_t i) const noexcept;

  /// Writes one gradient per input, null where there is none; all are null if
  /// all cotangents are. If some cotangents are null, zeros stand for them.
  /// An error names no node: the caller knows which one it is.
  /// REQUIRES: `inputs` and `outputs` are those of the forward firing; entries
  ///           may be null where the use is `nothing`. One cotangent per
  ///           output, one gradient per input.
  result<void> run(std::span<const value> inputs,
                   std::span<const value> outputs,
                   std::span<const value> cotangents,
                   std::span<value> gradients) const;

private:
  friend class node_rule_compiler;

  // An argument of the program.
  struct argument {
    enum class kind : uint8_t { input, output, cotangent } from;
    uint32_t index;
  };

  std::vector<rule_use> inputs_;
  std::vector<rule_use> outputs_;
  std::vector<argument> arguments_;
  std::vector<uint32_t> targets_; // Input of each output of the program.
  program program_;
};

/// The rule of a node for these types of its inputs and wanted gradients. An
/// op without a derivative has one that reads nothing and gives nothing. Equal
/// calls return the same object while someone holds it.
/// REQUIRES: not a `builtin::user` node, whose `backward` is called directly.
result<std::shared_ptr<const node_rule>> make_node_rule(
  const graph_node& node, std::span<const port_type> inputs,
  std::span<const bool> wants);

/// A tensor of the type and shape of `x` without elements: nothing may read
/// them, though `bytes()` counts them. Any other value as it is.
value shape_of(const value& x);

/// True if `x` is null, or what `shape_of` has left of a tensor.
bool lacks_elements(const value& x) noexcept;

} // namespace morph
