// Where the machines of this folder send: implemented by the inline runtime
// with a queue and by the actors with messages.
#pragma once

#include <morph/actors/machine/wiring.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/value.hpp>

#include <cstdint>

namespace morph {

/// Flags that travel with a forward value or a cotangent.
namespace flag {
inline constexpr uint8_t backward = 1; ///< The step wants a backward pass.
inline constexpr uint8_t recalled = 2; ///< Sent again on request.
inline constexpr uint8_t stable = 4;   ///< May be the same in later steps.
} // namespace flag

/// A value with the step in which it was computed: equal versions on one edge
/// mean the same value.
struct versioned {
  value payload;
  uint64_t version = 0;
  uint8_t flags = 0;
};

/// All indexes are those of the sending node's edges in its `wiring`.
class outlet {
public:
  virtual ~outlet() = default;

  /// Sends a value along out-edge `edge`.
  virtual void forward(uint32_t edge, uint64_t step, versioned x) = 0;

  /// Answers in-edge `input` with a cotangent; a null payload means none.
  virtual void backward(uint32_t input, uint64_t step, versioned x) = 0;

  /// Asks the producer of in-edge `input` to send its value again.
  virtual void recall(uint32_t input, uint64_t step) = 0;

  /// Lets the node on this host that is next in this direction run.
  virtual void pass_turn(pass_direction d, uint64_t step) = 0;

  /// Tells the session that the step has failed at this node.
  virtual void failed(uint64_t step, error what) = 0;

  /// Tells the session that a parameter has all contributions of the step.
  virtual void ready(uint64_t step, double norm2, bool has_gradient) = 0;

  /// Returns a parameter's gradient to the session that asked for it.
  virtual void gradient(uint64_t step, value x) = 0;
};

} // namespace morph
