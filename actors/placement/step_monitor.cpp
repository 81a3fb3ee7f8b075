#include <morph/actors/placement/step_monitor.hpp>

#include <algorithm>
#include <cmath>

namespace morph::placement {

void step_monitor::expect(double forecast_seconds) {
  forecast_ = forecast_seconds;
  run_ = 0;
  measured_ = {};
}

void step_monitor::accept(double forecast_seconds) {
  forecast_ = forecast_seconds;
  run_ = 0;
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
  if (residual > tolerance)
    run_ = std::max(run_, 0) + 1;
  else if (residual < -tolerance)
    run_ = std::min(run_, 0) - 1;
  else
    run_ = 0;
}

} // namespace morph::placement
