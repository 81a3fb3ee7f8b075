// Limits a rate of bytes: one may send while the bucket is not in debt.
//
// Thread-safety: none.
// Invariant: over any time t at most rate * t + `burst` + one batch are spent.
#pragma once

#include <algorithm>
#include <cstdint>

namespace morph {

class token_bucket {
public:
  /// Bytes per second; 0: no limit.
  void set_rate(uint64_t bytes_per_second, int64_t now_ns) noexcept {
    rate_ = bytes_per_second;
    tokens_ = 0;
    last_ns_ = now_ns;
  }

  uint64_t rate() const noexcept {
    return rate_;
  }

  /// Nanoseconds until one may send.
  int64_t wait(int64_t now_ns) noexcept {
    if (rate_ == 0)
      return 0;
    auto earned = static_cast<double>(now_ns - last_ns_) * 1e-9
                  * static_cast<double>(rate_);
    tokens_ = std::min(tokens_ + earned, burst());
    last_ns_ = now_ns;
    if (tokens_ >= 0)
      return 0;
    return static_cast<int64_t>(-tokens_ / static_cast<double>(rate_) * 1e9)
           + 1;
  }

  void spend(uint64_t bytes) noexcept {
    if (rate_ > 0)
      tokens_ -= static_cast<double>(bytes);
  }

private:
  /// What may be saved up: a hundredth of a second.
  double burst() const noexcept {
    return static_cast<double>(rate_) / 100;
  }

  uint64_t rate_ = 0;
  double tokens_ = 0;
  int64_t last_ns_ = 0;
};

} // namespace morph
