// A block for given types of its inputs: its forward half as one program, and
// its backward half as one for each set of outputs that have cotangents.
//
// Thread-safety: all members may be called from any thread.
//
// Invariants:
// 1. It makes the kernel calls that its nodes would make in a larger graph, in
//    both halves, so that results agree with those bit for bit.
// 2. What the backward half reads of the forward half is kept, not computed
//    again.
// 3. An input that several nodes of the block read has one cotangent for each
//    of them, in ascending order of (node, port): whoever sums them over many
//    blocks adds in the order of one large graph.
#pragma once

#include <morph/graph/graph.hpp>
#include <morph/graph/program.hpp>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

namespace morph {

/// Writes a block: from expressions for its inputs to those of its outputs.
using block_builder
  = std::function<std::vector<expr>(const std::vector<expr>&)>;

/// One part of the cotangent of an input.
struct cotangent_part {
  uint32_t input = 0;
  value cotangent;
};

class compiled_block {
public:
  /// What a run leaves: the outputs, and what the backward half reads.
  struct outcome {
    std::vector<value> outputs;
    std::vector<value> residuals;
  };

  /// Throws `failure` for what the builder refuses, with the user's line.
  static std::shared_ptr<const compiled_block> make(
    std::string name, const block_builder& build,
    const std::vector<port_type>& inputs);

  const std::string& name() const noexcept {
    return name_;
  }

  size_t num_inputs() const noexcept {
    return num_inputs_;
  }

  size_t num_outputs() const noexcept {
    return outputs_.size();
  }

  /// REQUIRES: inputs of the types for which it was made.
  result<outcome> forward(std::span<const value> inputs) const;

  /// Null cotangents are none; an input without a part gets none.
  /// REQUIRES: inputs and outcome of one run; one cotangent per output.
  result<std::vector<cotangent_part>> backward(
    std::span<const value> inputs, const outcome& run,
    std::span<const value> cotangents) const;

private:
  /// An input as one node reads it, or the block itself as an output.
  struct use {
    uint32_t input = 0;
    expr at;
  };

  struct backward_half {
    program code;
    std::vector<uint32_t> inputs; ///< Of the parts that it computes.
  };

  explicit compiled_block(std::string name) : name_(std::move(name)) {
    // nop
  }

  void split_uses(const graph& net, std::span<const port_ref> inputs,
                  std::span<const port_ref> outputs);
  void compile_forward();
  const backward_half& half_for(const std::vector<bool>& present) const;
  backward_half compile_backward(const std::vector<bool>& present) const;

  std::string name_;
  size_t num_inputs_ = 0;
  std::vector<use> uses_;
  std::vector<expr> outputs_;
  std::vector<port_ref> residuals_;
  program forward_;
  mutable std::mutex mutex_; // guards what follows
  mutable graph net_;        // forward nodes, then those of backward halves
  mutable std::map<std::vector<bool>, backward_half> halves_;
};

} // namespace morph
