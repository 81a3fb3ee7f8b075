#include <morph/actors/placement/link_model.hpp>
#include <morph/actors/placement/text.hpp>

#include <algorithm>
#include <cmath>

namespace morph::placement {

namespace {

/// Of a large message, at least this part of the time is transfer: what is
/// known of the latency may be out of date.
constexpr double least_transfer = 0.05;
constexpr double far_longer = 5;
constexpr double half_life = 1000;
constexpr double most_doublings = 6;

} // namespace

verdict link_estimator::add(double bytes, double seconds) {
  if (!(bytes >= 0.0) || !std::isfinite(bytes) || !(seconds > 0.0)
      || !std::isfinite(seconds))
    return verdict::rejected;
  auto transfer = bytes / bandwidth();
  // A message of some size that takes far longer than latency explains tells
  // of the bandwidth, whatever that was before.
  auto is_latency = bytes <= small_bytes
                    || (bytes < large_bytes && latency() > transfer
                        && seconds < far_longer * latency());
  if (is_latency) {
    auto rest = bytes <= small_bytes ? 0.0 : transfer;
    return latency_.add(std::max(seconds - rest, least_transfer * seconds));
  }
  auto moving = std::max(seconds - latency(), least_transfer * seconds);
  return byte_seconds_.add(moving / bytes);
}

verdict link_estimator::part::add(double sample) {
  age = 0;
  auto out = values.add(sample);
  if (is_alarm(out))
    worse = out == verdict::slower;
  return out;
}

double link_estimator::widening() const {
  auto doublings
    = std::min(static_cast<double>(age()) / half_life, most_doublings);
  return std::exp2(doublings / 2.0); // of sigma
}

double link_estimator::latency() const {
  return latency_.values.count() > 0 ? latency_.values.median()
                                     : prior_.latency;
}

double link_estimator::latency_p90() const {
  return latency_.values.count() > 0
           ? latency_.values.median()
               * std::exp(normal_p90 * latency_.values.sigma() * widening())
           : prior_.latency;
}

double link_estimator::bandwidth() const {
  return byte_seconds_.values.count() > 0 ? 1.0 / byte_seconds_.values.median()
                                          : prior_.bandwidth;
}

double link_estimator::bandwidth_p90() const {
  return byte_seconds_.values.count() > 0
           ? std::exp(-normal_p90 * byte_seconds_.values.sigma() * widening())
               / byte_seconds_.values.median()
           : prior_.bandwidth;
}

link link_estimator::median() const {
  return {latency(), bandwidth(), prior_.send_seconds, prior_.receive_seconds};
}

link link_estimator::p90() const {
  return {latency_p90(), bandwidth_p90(), prior_.send_seconds,
          prior_.receive_seconds};
}

link_costs::link_costs(std::size_t hosts, link prior)
  : hosts_(hosts), prior_(prior), links_(hosts * hosts, link_estimator{prior}) {
  // nop
}

link_estimator& link_costs::at(index from, index to) {
  return links_[from * hosts_ + to];
}

const link_estimator& link_costs::at(index from, index to) const {
  return links_[from * hosts_ + to];
}

void link_costs::add_host() {
  std::vector<link_estimator> grown;
  grown.reserve((hosts_ + 1) * (hosts_ + 1));
  for (std::size_t a = 0; a <= hosts_; ++a)
    for (std::size_t b = 0; b <= hosts_; ++b)
      grown.push_back(a < hosts_ && b < hosts_ ? links_[a * hosts_ + b]
                                               : link_estimator{prior_});
  links_ = std::move(grown);
  ++hosts_;
}

void link_costs::end_round() {
  for (auto& l : links_)
    l.end_round();
}

std::vector<link> link_costs::median() const {
  std::vector<link> result;
  for (const auto& l : links_)
    result.push_back(l.median());
  return result;
}

std::vector<link> link_costs::p90() const {
  std::vector<link> result;
  for (const auto& l : links_)
    result.push_back(l.p90());
  return result;
}

std::vector<link_costs::pair> link_costs::due_for_probe(
  std::uint64_t rounds) const {
  std::vector<pair> due;
  for (index a = 0; a < hosts_; ++a)
    for (index b = 0; b < hosts_; ++b)
      if (a != b && at(a, b).wants_probe(rounds))
        due.push_back({a, b});
  std::stable_sort(due.begin(), due.end(), [this](pair x, pair y) {
    return at(x.from, x.to).age() > at(y.from, y.to).age();
  });
  return due;
}

std::string describe(const link_estimator& l) {
  return text::seconds(l.latency()) + " + " + text::rate(l.bandwidth()) + ", "
         + std::to_string(l.latency_samples()) + " and "
         + std::to_string(l.bandwidth_samples()) + " samples";
}

} // namespace morph::placement
