// Choices that a seed determines, and a fingerprint of those made.
//
// Thread-safety: none.
// Invariant: equal seeds and equal questions give equal answers, on any
// machine.
#pragma once

#include <cstddef>
#include <cstdint>

namespace morph {

class seeded_choice {
public:
  explicit seeded_choice(uint64_t seed) noexcept : seed_(seed) {
    // nop
  }

  /// A number below `n`.
  /// REQUIRES: `n` > 0.
  size_t pick(size_t n) noexcept;

  /// Adds a fact to the fingerprint.
  void note(uint64_t x) noexcept;

  /// Of all that was picked and noted, in order.
  uint64_t fingerprint() const noexcept {
    return fingerprint_;
  }

  uint64_t seed() const noexcept {
    return seed_;
  }

private:
  uint64_t seed_;
  uint64_t drawn_ = 0;
  uint64_t fingerprint_ = 0;
};

} // namespace morph
