// What ops cost on hosts, learned from samples.
//
// Thread-safety: none; plain values with one owner.
#pragma once

#include <morph/actors/placement/filter.hpp>
#include <morph/actors/placement/problem.hpp>

#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace morph::placement {

/// What one run of an op amounts to.
struct op_work {
  std::string_view kind; ///< name of the op, or of the type of a user's node
  double flops = 0;
  double bytes = 0; ///< read and written
};

/// What a host is believed to do before anything was measured on it.
struct host_speed {
  double flops_per_second = 5e9;
  double bytes_per_second = 5e9;
  double overhead_seconds = 2e-7; ///< per node run
};

/// max(flops / speed, bytes / bandwidth) + overhead.
double prior_seconds(const host_speed& host, const op_work& work);

/// Where an estimate comes from.
enum class evidence : std::uint8_t {
  measured, ///< samples of this op and size on this host
  ratio,    ///< samples on another host, times the ratio of the two hosts
  scaled,   ///< the prior, times what the host's other ops took over theirs
  prior,    ///< nothing was measured
};

/// An expected duration and how it came about.
struct estimate {
  double median_seconds = 0;
  double p90_seconds = 0;
  evidence from = evidence::prior;
  std::uint64_t samples = 0;
  /// The host that was measured, for evidence::ratio.
  index measured_on = none;
};

/// Durations of ops by (kind, size, host), learned from samples.
///
/// Sizes are bucketed by powers of two of max(flops, bytes). For an op that
/// has not run on a host, the rank-1 assumption t(op, h) = t(op, g) * r(h, g)
/// holds; r is the mean over the ops that both hosts have run, in logarithms.
///
/// A plain value; not thread-safe.
class op_costs {
public:
  /// Adds a host and returns its index.
  index add_host(const host_speed& speed);

  std::size_t hosts() const {
    return speed_.size();
  }

  /// Takes the duration of one run. Alarms as log_filter does.
  /// REQUIRES: host < hosts().
  verdict add(const op_work& work, index host, double seconds);

  /// REQUIRES: host < hosts().
  estimate expect(const op_work& work, index host) const;

private:
  /// All hosts' filters of one (kind, size).
  using row = std::vector<log_filter>;

  struct pair_sum {
    double log_ratio = 0; ///< sum of log t(op, a) - log t(op, b)
    double ops = 0;
  };

  static std::string key(const op_work& work);
  void update_ratios(const row& filters, index host, double old_mean,
                     bool first);
  estimate from_ratio(const row& filters, index host) const;

  std::vector<host_speed> speed_;
  /// Measured over prior duration, per host.
  std::vector<log_filter> scale_;
  std::unordered_map<std::string, row> rows_;
  /// pairs_[a][b]; grows with the hosts.
  std::vector<std::vector<pair_sum>> pairs_;
};

/// "measured, 120 samples", "from a1, hosts differ by factor 2.1" and so on.
/// `host_names` has a name per host.
std::string describe(const estimate& e,
                     const std::vector<std::string>& host_names);

} // namespace morph::placement
