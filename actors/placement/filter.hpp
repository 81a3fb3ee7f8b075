// Tracks one noisy positive quantity and notices when it changes.
//
// Thread-safety: none; a plain value with one owner.
#pragma once

#include <array>
#include <cstdint>

namespace morph::placement {

/// 0.9 quantile of the standard normal distribution.
inline constexpr double normal_p90 = 1.2815515655446004;

/// What a new sample did to a filter.
enum class verdict : std::uint8_t {
  rejected, ///< not a positive finite number; nothing changed
  accepted,
  slower, ///< alarm: the quantity has risen for good; the mean starts anew
  faster, ///< alarm: it has fallen for good; the mean starts anew
};

constexpr bool is_alarm(verdict v) {
  return v == verdict::slower || v == verdict::faster;
}

/// Tracks a positive quantity from noisy samples: slow drift by an
/// exponentially weighted mean of logarithms, sudden changes by a two-sided
/// CUSUM (Page, Biometrika 41, 1954) of the residuals. On an alarm the mean is
/// taken from the last three samples.
///
/// Each residual is clipped, so one outlier moves the mean by at most `gain`
/// of a factor e. With the constants below, 200 000 samples with log-normal
/// noise of sigma 0.1 to 0.3 give no alarm; with 1 % tenfold outliers as well,
/// none up to sigma 0.2 and two at 0.3. A tenfold change gives an alarm at the
/// third sample.
///
/// A plain value. Not thread-safe.
class log_filter {
public:
  static constexpr double gain = 0.05;
  static constexpr double clip = 1.0;
  static constexpr double slack = 0.35;    ///< k of the CUSUM
  static constexpr double threshold = 1.8; ///< h of the CUSUM
  static constexpr std::size_t reseed_from = 3;

  /// Takes a sample. The first ones are averaged with equal weights.
  verdict add(double sample);

  /// Samples since the start or the last alarm (then the ones it kept).
  std::uint64_t count() const {
    return count_;
  }

  std::uint64_t alarms() const {
    return alarms_;
  }

  /// The tracked value; geometric mean. REQUIRES: count() > 0.
  double median() const;

  /// The value that 9 of 10 samples stay below if the noise is log-normal.
  /// REQUIRES: count() > 0.
  double p90() const;

  /// Mean of the logarithms and standard deviation of single samples.
  double log_mean() const {
    return mean_;
  }

  double sigma() const;

private:
  void restart();

  std::uint64_t count_ = 0;
  std::uint64_t alarms_ = 0;
  double mean_ = 0;
  double variance_ = 0;
  double up_ = 0;
  double down_ = 0;
  std::array<double, reseed_from> last_{};
};

} // namespace morph::placement
