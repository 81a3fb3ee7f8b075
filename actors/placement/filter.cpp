#include <morph/actors/placement/filter.hpp>

#include <algorithm>
#include <cmath>

namespace morph::placement {

namespace {

/// Assumed of a value that was measured once: factor 1.35 either way.
constexpr double first_sigma = 0.3;

} // namespace

verdict log_filter::add(double sample) {
  if (!(sample > 0.0) || !std::isfinite(sample))
    return verdict::rejected;
  auto x = std::log(sample);
  std::rotate(last_.begin(), last_.begin() + 1, last_.end());
  last_.back() = x;
  if (count_++ == 0) {
    mean_ = x;
    variance_ = first_sigma * first_sigma;
    return verdict::accepted;
  }
  auto residual = std::clamp(x - mean_, -clip, clip);
  auto weight = std::max(gain, 1.0 / static_cast<double>(count_));
  mean_ += weight * residual;
  variance_ += weight * (residual * residual - variance_);
  up_ = std::max(0.0, up_ + residual - slack);
  down_ = std::max(0.0, down_ - residual - slack);
  auto result = up_ > threshold     ? verdict::slower
                : down_ > threshold ? verdict::faster
                                    : verdict::accepted;
  if (is_alarm(result))
    restart();
  return result;
}

void log_filter::restart() {
  ++alarms_;
  count_ = reseed_from;
  mean_ = 0.0;
  for (auto x : last_)
    mean_ += x / reseed_from;
  variance_ = first_sigma * first_sigma;
  up_ = 0.0;
  down_ = 0.0;
}

double log_filter::median() const {
  return std::exp(mean_);
}

double log_filter::p90() const {
  return std::exp(mean_ + normal_p90 * sigma());
}

double log_filter::sigma() const {
  return std::sqrt(variance_);
}

} // namespace morph::placement
