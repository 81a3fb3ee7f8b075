#include <morph/actors/placement/cost_model.hpp>

#include <algorithm>
#include <bit>
#include <cmath>

namespace morph::placement {

namespace {

/// Uncertainty of durations that were not measured, in logarithms.
constexpr double sigma_of_ratio = 0.4;
constexpr double sigma_of_scaled = 0.6;
constexpr double sigma_of_prior = 0.9;

unsigned size_bucket(const op_work& work) {
  auto size = std::max(work.flops, work.bytes);
  if (!(size >= 1.0))
    return 0;
  return static_cast<unsigned>(
    std::bit_width(static_cast<std::uint64_t>(std::min(size, 0x1p62))));
}

estimate guess(double median, double sigma, evidence from) {
  estimate e;
  e.median_seconds = median;
  e.p90_seconds = median * std::exp(normal_p90 * sigma);
  e.from = from;
  return e;
}

} // namespace

double prior_seconds(const host_speed& host, const op_work& work) {
  return std::max(work.flops / host.flops_per_second,
                  work.bytes / host.bytes_per_second)
         + host.overhead_seconds;
}

index op_costs::add_host(const host_speed& speed) {
  speed_.push_back(speed);
  scale_.emplace_back();
  for (auto& r : pairs_)
    r.resize(speed_.size());
  pairs_.emplace_back(speed_.size());
  return static_cast<index>(speed_.size() - 1);
}

std::string op_costs::key(const op_work& work) {
  std::string result{work.kind};
  result.push_back('\0');
  result.push_back(static_cast<char>(size_bucket(work)));
  return result;
}

verdict op_costs::add(const op_work& work, index host, double seconds) {
  auto& filters = rows_[key(work)];
  if (filters.size() < speed_.size())
    filters.resize(speed_.size());
  auto& f = filters[host];
  auto first = f.count() == 0;
  auto old_mean = f.log_mean();
  auto result = f.add(seconds);
  if (result == verdict::rejected)
    return result;
  scale_[host].add(seconds / prior_seconds(speed_[host], work));
  update_ratios(filters, host, old_mean, first);
  return result;
}

void op_costs::update_ratios(const row& filters, index host, double old_mean,
                             bool first) {
  auto mean = filters[host].log_mean();
  for (index other = 0; other < filters.size(); ++other) {
    if (other == host || filters[other].count() == 0)
      continue;
    // The part that the old mean had in the sums is replaced by the new one.
    auto change = first ? mean - filters[other].log_mean() : mean - old_mean;
    pairs_[host][other].log_ratio += change;
    pairs_[other][host].log_ratio -= change;
    if (first) {
      pairs_[host][other].ops += 1.0;
      pairs_[other][host].ops += 1.0;
    }
  }
}

estimate op_costs::expect(const op_work& work, index host) const {
  auto i = rows_.find(key(work));
  if (i != rows_.end()) {
    const auto& filters = i->second;
    if (host < filters.size() && filters[host].count() > 0) {
      const auto& f = filters[host];
      return {f.median(), f.p90(), evidence::measured, f.count(), none};
    }
    auto e = from_ratio(filters, host);
    if (e.measured_on != none)
      return e;
  }
  auto prior = prior_seconds(speed_[host], work);
  if (scale_[host].count() == 0)
    return guess(prior, sigma_of_prior, evidence::prior);
  auto e
    = guess(prior * scale_[host].median(), sigma_of_scaled, evidence::scaled);
  e.samples = scale_[host].count();
  return e;
}

/// Averages over the hosts that have run the op, each weighted by the number
/// of ops it shares with `host`; none of them shares one: no estimate.
estimate op_costs::from_ratio(const row& filters, index host) const {
  double sum = 0.0;
  double weights = 0.0;
  estimate e;
  double most = 0.0;
  for (index g = 0; g < filters.size(); ++g) {
    const auto& pair = pairs_[host][g];
    if (g == host || filters[g].count() == 0 || pair.ops == 0.0)
      continue;
    sum += pair.ops * (filters[g].log_mean() + pair.log_ratio / pair.ops);
    weights += pair.ops;
    if (pair.ops > most) {
      most = pair.ops;
      e.measured_on = g;
      e.samples = filters[g].count();
    }
  }
  if (e.measured_on == none)
    return e;
  auto value = guess(std::exp(sum / weights), sigma_of_ratio, evidence::ratio);
  value.measured_on = e.measured_on;
  value.samples = e.samples;
  return value;
}

std::string describe(const estimate& e,
                     const std::vector<std::string>& host_names) {
  auto samples
    = std::to_string(e.samples) + (e.samples == 1 ? " sample" : " samples");
  switch (e.from) {
    case evidence::measured:
      return "measured, " + samples;
    case evidence::ratio:
      return "from " + samples + " on " + host_names[e.measured_on]
             + " and the ratio of the hosts";
    case evidence::scaled:
      return "estimated from its size and " + samples + " of other ops";
    case evidence::prior:
      break;
  }
  return "estimated from its size, nothing measured yet";
}

} // namespace morph::placement
