// What a node machine holds of its steps; shared by its two source files.
#pragma once

#include <morph/actors/machine/node_machine.hpp>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

namespace morph {

/// What a node knows of one step.
struct node_machine::step_state : slots<step_state> {
  uint64_t step = 0;
  uint64_t out_version = 0;
  uint32_t arrived = 0;
  uint32_t answered = 0;
  uint32_t outstanding = 0; // recalled inputs that have not come yet
  bool wants_backward = false;
  bool stable = true;
  bool begun = false;
  bool forward_done = false;
  std::vector<uint32_t> recalled_by; // out-edges that wait for the value
  user_node::residual residual;
  step_pointer next; // in the list of steps, or of spares
};

/// Results kept for steps to come; `in` holds the gradients of the inputs.
struct node_machine::memory : slots<memory> {
  uint64_t out_version = 0;
  uint64_t gradient_version = 0;
  int64_t bytes = 0;
  bool has_backward = false;
};

/// Most runs are not timed: two looks at the clock cost as much as a small op.
inline bool is_sampled(uint64_t runs) noexcept {
  return runs < 20 || runs % 16 == 0;
}

/// Nanoseconds as `node_counters` keeps them.
inline uint32_t saturate_ns(int64_t ns) noexcept {
  return static_cast<uint32_t>(
    std::clamp<int64_t>(ns, 0, std::numeric_limits<uint32_t>::max()));
}

} // namespace morph
