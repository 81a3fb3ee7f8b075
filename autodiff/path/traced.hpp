// A value that knows how it came to be: what a program computes with blocks,
// by whatever way it takes, can be differentiated.
//
// Thread-safety: immutable values; copies may be used by any thread. The last
// copy frees the history, without recursion.
#pragma once

#include <morph/autodiff/path/compiled_block.hpp>
#include <morph/graph/tensor.hpp>

#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

namespace morph {

struct path_step;

class traced {
public:
  traced() = default;

  /// A constant.
  traced(tensor x) : value_(std::move(x)) {
    // nop
  }

  traced(double x) : traced(tensor{x}) {
    // nop
  }

  /// A constant of any type.
  explicit traced(value x) : value_(std::move(x)) {
    // nop
  }

  /// An output of a step.
  traced(std::shared_ptr<const path_step> from, uint32_t port);

  /// A value in which gradients can be asked for.
  static traced leaf(value x);

  explicit operator bool() const noexcept {
    return static_cast<bool>(value_);
  }

  const value& get() const noexcept {
    return value_;
  }

  /// REQUIRES: holds a tensor.
  const morph::tensor& as_tensor() const {
    return morph::as_tensor(value_);
  }

  /// The number. REQUIRES: holds a tensor with one element.
  double item() const {
    return as_tensor().item();
  }

  /// Null for constants.
  const std::shared_ptr<const path_step>& from() const noexcept {
    return from_;
  }

  uint32_t port() const noexcept {
    return port_;
  }

private:
  value value_;
  std::shared_ptr<const path_step> from_;
  uint32_t port_ = 0;
};

/// A block that has run. A leaf has no block, and one output.
struct path_step {
  path_step() = default;
  path_step(const path_step&) = delete;
  path_step& operator=(const path_step&) = delete;
  ~path_step();

  std::shared_ptr<const compiled_block> what;
  mutable std::vector<traced> inputs; // emptied when the history ends
  compiled_block::outcome run;

  std::vector<value> input_values() const;
};

/// Runs a block; throws `failure` if a node of it fails.
std::vector<traced> run_traced(std::shared_ptr<const compiled_block> what,
                               std::vector<traced> inputs);

} // namespace morph
