// Builder functions that draw numbers. They are pure: the same seed, step and
// shape give the same numbers on every host, see graph/random.hpp.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/operand.hpp>

namespace morph {

/// Numbers in [0, 1) with shape and floating type of `ref`; `step` is a rank-0
/// i64, usually `graph::step_number()`.
expr random_uniform(operand ref, operand step, int64_t seed = 0);

/// Standard normal numbers, otherwise as `random_uniform`.
expr random_normal(operand ref, operand step, int64_t seed = 0);

/// Zeroes each element with probability `rate` in [0, 1) and divides the
/// others by 1 - rate.
expr dropout(operand x, double rate, int64_t seed, operand step);

} // namespace morph
