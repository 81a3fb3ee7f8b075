#include <morph/transport/link/meter.hpp>

#include <algorithm>

namespace morph {

namespace {

/// Weight of the newest transfer in the bandwidth estimate.
constexpr double gain = 0.25;

} // namespace

void meter::on_sent(uint32_t sequence, uint64_t bytes, int64_t queued_ns) {
  stamps_[sequence % stamps_.size()] = {sequence, bytes, queued_ns};
}

void meter::on_echo(uint32_t sequence, uint64_t hold_ns, int64_t now_ns) {
  auto& x = stamps_[sequence % stamps_.size()];
  if (sequence == 0 || x.sequence != sequence)
    return;
  x.sequence = 0; // an echo counts once
  auto elapsed = now_ns - x.queued_ns;
  // A peer may claim any hold.
  if (elapsed <= 0 || hold_ns >= static_cast<uint64_t>(elapsed))
    return;
  auto rtt = elapsed - static_cast<int64_t>(hold_ns);
  round_trips_[num_round_trips_++ % round_trips_.size()] = rtt;
  if (best_round_trip_ == 0 || rtt < best_round_trip_)
    best_round_trip_ = rtt;
  add_sample(x.bytes, static_cast<double>(rtt - best_round_trip_ / 2) * 1e-9);
}

void meter::on_transfer_sent(uint64_t bytes, uint64_t end, int64_t started_ns) {
  transfers_.push_back({bytes, end, started_ns});
}

void meter::on_acknowledged(uint64_t total, int64_t now_ns) {
  while (!transfers_.empty() && transfers_.front().end <= total) {
    auto x = transfers_.front();
    transfers_.pop_front();
    auto ns
      = std::max<int64_t>(now_ns - x.started_ns - best_round_trip_ / 2, 1);
    auto seconds = static_cast<double>(ns) * 1e-9;
    auto rate = static_cast<double>(x.bytes) / seconds;
    bandwidth_
      = bandwidth_ == 0 ? rate : bandwidth_ + gain * (rate - bandwidth_);
    add_sample(x.bytes, seconds);
  }
}

double meter::latency() const noexcept {
  auto n = std::min(num_round_trips_, round_trips_.size());
  if (n == 0)
    return 0;
  auto best = *std::min_element(round_trips_.begin(), round_trips_.begin() + n);
  return static_cast<double>(best) * 0.5e-9;
}

std::vector<link_sample> meter::drain() {
  std::rotate(samples_.begin(), samples_.begin() + oldest_, samples_.end());
  oldest_ = 0;
  return std::exchange(samples_, {});
}

void meter::add_sample(uint64_t bytes, double seconds) {
  if (samples_.size() < max_samples) {
    samples_.push_back({bytes, seconds});
    return;
  }
  samples_[oldest_] = {bytes, seconds};
  oldest_ = (oldest_ + 1) % max_samples;
}

} // namespace morph
