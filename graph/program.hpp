// A program: part of a graph compiled to a flat list of kernel calls over
// numbered slots. Blocks run one, and so does the backward half of a node.
//
// Thread-safety: immutable; any number of threads may run one program at once.
//
// Invariants:
// 1. A run is a pure function of its inputs: same inputs, same bits.
// 2. An intermediate value is released right after the last instruction that
//    reads it.
// 3. A run looks nothing up by name and allocates nothing of its own unless
//    it needs more than `inline_slots` slots; kernels allocate their results.
// 4. User nodes are cloned from the graph when a program is made and again for
//    each run: a stateful one starts every run in its initial state.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/expr.hpp>
#include <morph/graph/value.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace morph {

class program {
public:
  /// Slots and arguments up to this number live on the stack of `run`.
  static constexpr size_t inline_slots = 64;

  /// An empty program: no inputs, no outputs.
  program() = default;

  /// Compiles what `outputs` need, treating `inputs` as given. Nothing before
  /// an input is looked at, so the cost is that of the part itself. Fails with
  /// MM0103 if the part needs an input or parameter that is not given.
  static result<program> make(const graph_data& g,
                              std::span<const port_ref> inputs,
                              std::span<const port_ref> outputs);

  size_t num_inputs() const noexcept {
    return num_inputs_;
  }

  size_t num_outputs() const noexcept {
    return outputs_.size();
  }

  /// Number of kernel calls of one run.
  size_t size() const noexcept {
    return code_.size();
  }

  /// True if some instruction reads input `i` or it is an output.
  bool reads(size_t i) const noexcept {
    return read_[i] != 0;
  }

  /// Writes the outputs. An error names the node that failed and its place.
  /// REQUIRES: `inputs.size() == num_inputs()`, each accepted by the type of
  ///           its port, null only where `!reads(i)`;
  ///           `outputs.size() == num_outputs()`.
  result<void> run(std::span<const value> inputs,
                   std::span<value> outputs) const;

  /// As above, returning the outputs.
  result<std::vector<value>> run(std::span<const value> inputs) const;

private:
  // A slot is an index into inputs, constants and temporaries, in this order.
  using slot = uint32_t;

  struct instruction {
    op_kernel kernel = nullptr; // Null for a user node.
    uint32_t origin = 0;        // Index into sources_.
    uint32_t first_arg = 0;     // Index into args_.
    uint32_t num_args = 0;
    slot first_result = 0; // Results have consecutive slots.
    uint32_t num_results = 0;
    uint32_t first_release = 0; // Index into released_.
    uint32_t num_releases = 0;
  };

  // What an instruction was in the graph.
  struct source {
    attributes attrs;
    std::shared_ptr<const user_node> user;
    std::string name;
    const char* file;
    uint32_t line;
  };

  friend class program_compiler;

  result<void> execute(value* slots, value* args) const;
  result<void> call(const instruction& x, std::span<const value> args,
                    std::span<value> results) const;
  error blame(const instruction& x, error e) const;

  size_t num_inputs_ = 0;
  size_t num_slots_ = 0;
  size_t max_args_ = 0;
  std::vector<value> constants_;
  std::vector<instruction> code_;
  std::vector<slot> args_;
  std::vector<slot> released_;
  std::vector<slot> outputs_;
  std::vector<char> moved_; // Per output: the slot may be emptied.
  std::vector<char> read_;  // Per input.
  std::shared_ptr<const std::vector<source>> sources_;
};

} // namespace morph
