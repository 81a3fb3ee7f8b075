// Latency and bandwidth of directed links, learned from samples.
//
// Thread-safety: none; plain values with one owner.
#pragma once

#include <morph/actors/placement/filter.hpp>
#include <morph/actors/placement/problem.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace morph::placement {

/// Latency and bandwidth of one direction between two hosts, learned from
/// (bytes, seconds) of the messages that went there: t(b) = latency + b / bw.
///
/// Up to `small_bytes` a sample is latency; from `large_bytes` on, what it
/// took beyond the latency is bandwidth. A sample between is assigned to the
/// part that is believed to be the larger one, unless it took far longer than
/// the latency: then to the bandwidth.
///
/// A plain value; not thread-safe.
class link_estimator {
public:
  static constexpr double small_bytes = 4096;
  static constexpr double large_bytes = 65536;

  /// Starts with values that hold until the first samples.
  explicit link_estimator(link prior = {1e-4, 1e8, 0, 0}) : prior_(prior) {
    // nop
  }

  /// Takes the one-way duration of a message. An alarm of either part makes
  /// the verdict; `slower` always means that the link is slower.
  verdict add(double bytes, double seconds);

  double latency() const;       ///< seconds, median
  double latency_p90() const;   ///< seconds
  double bandwidth() const;     ///< bytes per second, median
  double bandwidth_p90() const; ///< that 9 of 10 samples reach

  /// Median and pessimistic link with the message costs of the prior.
  link median() const;
  link p90() const;

  std::uint64_t latency_samples() const {
    return latency_.values.count();
  }

  std::uint64_t bandwidth_samples() const {
    return byte_seconds_.values.count();
  }

  /// Rounds since the last sample; a round is what the owner calls so, for
  /// instance a step.
  std::uint64_t age() const {
    return std::min(latency_.age, byte_seconds_.age);
  }

  /// True if nobody would see the link recover: nothing went there for that
  /// many rounds, or nothing that tells of the part that has become worse.
  bool wants_probe(std::uint64_t rounds) const {
    return age() >= rounds || latency_.hides(rounds)
           || byte_seconds_.hides(rounds);
  }

  void end_round() {
    ++latency_.age;
    ++byte_seconds_.age;
  }

private:
  /// Growth of the uncertainty with age: the variance doubles every
  /// `half_life` rounds, up to `most_doublings` times.
  double widening() const;

  /// Latency, or seconds per byte.
  struct part {
    log_filter values;
    std::uint64_t age = 0;
    bool worse = false; ///< By the last alarm.

    verdict add(double sample);

    bool hides(std::uint64_t rounds) const {
      return worse && age >= rounds;
    }
  };

  link prior_;
  part latency_;
  part byte_seconds_;
};

/// The estimators of all ordered pairs of hosts.
class link_costs {
public:
  explicit link_costs(std::size_t hosts = 0, link prior = {1e-4, 1e8, 0, 0});

  /// REQUIRES: from, to < hosts() and from != to.
  link_estimator& at(index from, index to);
  const link_estimator& at(index from, index to) const;

  std::size_t hosts() const {
    return hosts_;
  }

  /// Adds a host with unmeasured links.
  void add_host();

  void end_round();

  /// Links as problem::links has them.
  std::vector<link> median() const;
  std::vector<link> p90() const;

  struct pair {
    index from;
    index to;
  };

  /// Links that want a probe after `rounds` rounds, the oldest first: a small
  /// message and one of `link_estimator::large_bytes` on each tell whether they
  /// have changed.
  std::vector<pair> due_for_probe(std::uint64_t rounds) const;

private:
  std::size_t hosts_;
  link prior_;
  std::vector<link_estimator> links_;
};

/// "92 us + 11.9 MB/s, 12 and 40 samples".
std::string describe(const link_estimator& l);

} // namespace morph::placement
