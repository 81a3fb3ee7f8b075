// Counter-based random numbers: Philox4x32-10 of J. K. Salmon, M. A. Moraes,
// R. O. Dror and D. E. Shaw, "Parallel Random Numbers: As Easy as 1, 2, 3",
// SC 2011. A number is a function of seed, stream and position, so that any
// part of a sequence can be drawn anywhere, in any order.
//
// Thread-safety: pure functions.
#pragma once

#include <morph/graph/tensor.hpp>

#include <array>
#include <cstdint>
#include <string_view>

namespace morph {

/// Four random words for a key and a counter (least significant word first).
std::array<uint32_t, 4> philox(uint64_t key,
                               std::array<uint32_t, 4> counter) noexcept;

/// Numbers from the uniform distribution on [0, 1): key `seed`, counter
/// (position / numbers per block, stream); 24 random bits for f32, 53 for f64.
/// REQUIRES: a floating type and a static shape.
tensor random_uniform(dtype t, const shape& s, uint64_t seed, uint64_t stream);

/// Numbers from the standard normal distribution by the method of Box and
/// Muller, from two uniform ones each.
/// REQUIRES: a floating type and a static shape.
tensor random_normal(dtype t, const shape& s, uint64_t seed, uint64_t stream);

/// Numbers from the uniform distribution on [-a, a), a = sqrt(6 / (fan_in +
/// fan_out)) (X. Glorot, Y. Bengio, AISTATS 2010); the name is the stream.
/// REQUIRES: a floating type and a static shape.
tensor glorot_uniform(dtype t, const shape& s, int64_t fan_in, int64_t fan_out,
                      std::string_view name, uint64_t seed);

} // namespace morph
