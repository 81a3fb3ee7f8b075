#include <morph/actors/placement/step_monitor.hpp>

#include <algorithm>
#include <cmath>

namespace morph::placement {

namespace {

/// The run after one more residual.
int next_run(int run, double residual, double tolerance) {
  if (residual > tolerance)
    return std::max(run, 0) + 1;
  if (residual < -tolerance)
    return std::min(run, 0) - 1;
  return 0;
}

} // namespace

void step_monitor::expect(double forecast_seconds) {
  forecast_ = forecast_seconds;
  run_ = 0;
  sharp_run_ = 0;
  measured_ = {};
}

void step_monitor::accept(double forecast_seconds) {
  forecast_ = forecast_seconds;
  run_ = 0;
  sharp_run_ = 0;
  if (measured_.count() > 0 && forecast_ > 0.0 && std::isfinite(forecast_))
    bias_ = measured_.median() / forecast_;
}

void step_monitor::add(double measured_seconds) {
  if (measured_.add(measured_seconds) == verdict::rejected)
    return;
  ++steps_;
  if (!(forecast_ > 0.0) || !std::isfinite(forecast_))
    return;
  auto residual = std::log(measured_seconds / (forecast_ * bias_));
  run_ = next_run(run_, residual, tolerance);
  sharp_run_ = next_run(sharp_run_, residual, sharp_tolerance);
}

} // namespace morph::placement
