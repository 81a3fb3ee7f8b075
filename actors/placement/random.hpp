// The planner's source of reproducible random numbers.
#pragma once

#include <cstdint>

namespace morph::placement {

/// SplitMix64 (Steele, Lea, Flood, OOPSLA 2014). The distributions of the
/// standard library differ between implementations; a plan must not.
class random {
public:
  explicit random(std::uint64_t seed) : state_(seed) {
    // nop
  }

  std::uint64_t next() {
    auto z = state_ += 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
  }

  /// Uniform in [0, bound), up to a bias below 2^-32. REQUIRES: bound > 0.
  std::uint32_t below(std::uint32_t bound) {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }

  /// Uniform in [0, 1).
  double unit() {
    return static_cast<double>(next() >> 11) * 0x1p-53;
  }

private:
  std::uint64_t state_;
};

} // namespace morph::placement
