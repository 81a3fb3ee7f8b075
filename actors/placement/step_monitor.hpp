// Forecast against measured step times.
//
// Thread-safety: none; a plain value with one owner.
#pragma once

#include <morph/actors/placement/filter.hpp>

#include <cstdint>

namespace morph::placement {

/// Compares the step times that were forecast with those that came.
///
/// A run of `contradicting_steps` steps that all miss the forecast, corrected
/// by the bias, by more than `tolerance` on the same side contradicts the
/// plan's assumptions. The bias is what the model is known to miss: measured
/// over forecast time at the last accept().
///
/// A plain value; not thread-safe.
class step_monitor {
public:
  static constexpr double tolerance = 0.2;       ///< in logarithms
  static constexpr double sharp_tolerance = 0.7; ///< in logarithms
  static constexpr int contradicting_steps = 5;

  /// A new plan runs from now on.
  void expect(double forecast_seconds);

  /// The plan stays and its forecast is now this: what remains of the
  /// difference to the measured time is bias.
  void accept(double forecast_seconds);

  /// A step took this long. Without a forecast it is only counted.
  void add(double measured_seconds);

  bool contradicted() const {
    return run_ >= contradicting_steps || run_ <= -contradicting_steps;
  }

  /// Contradicted by a factor of two at least: something has changed.
  bool sharply_contradicted() const {
    return sharp_run_ >= contradicting_steps
           || sharp_run_ <= -contradicting_steps;
  }

  /// Measured over forecast time, 1 if unknown.
  double bias() const {
    return bias_;
  }

  std::uint64_t steps() const {
    return steps_;
  }

  /// What this plan's steps take, as measured; 0 before the first.
  double measured_seconds() const {
    return measured_.count() > 0 ? measured_.median() : 0.0;
  }

  double forecast_seconds() const {
    return forecast_;
  }

private:
  double forecast_ = 0;
  double bias_ = 1;
  int run_ = 0;       ///< steps in a row that were too long (> 0) or too short
  int sharp_run_ = 0; ///< the same for `sharp_tolerance`
  std::uint64_t steps_ = 0;
  log_filter measured_;
};

} // namespace morph::placement
