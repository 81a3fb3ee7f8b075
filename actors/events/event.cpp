#include <morph/actors/events/event.hpp>

#include <cstdio>

namespace morph {

namespace {

std::string figures(double latency, double rate) {
  char text[80];
  std::snprintf(text, sizeof(text), " (%.3g ms, %.3g MB/s)", latency * 1e3,
                rate * 1e-6);
  return text;
}

struct describer {
  std::string operator()(const host_joined& x) const {
    return "host '" + x.host + "' has joined";
  }

  std::string operator()(const host_lost& x) const {
    return "host '" + x.host + "' is lost: " + x.why.message;
  }

  std::string operator()(const step_failed& x) const {
    return "a step has failed: " + to_string(x.why);
  }

  std::string operator()(const plan_changed& x) const {
    return "the plan has changed: " + x.reason;
  }

  std::string operator()(const node_moved& x) const {
    return "node '" + x.node + "' moves from '" + x.from + "' to '" + x.to
           + "'";
  }

  std::string operator()(const link_slowed& x) const {
    return "the link from '" + x.from + "' to '" + x.to + "' is slower"
           + figures(x.latency_seconds, x.bytes_per_second);
  }

  std::string operator()(const link_recovered& x) const {
    return "the link from '" + x.from + "' to '" + x.to + "' is faster"
           + figures(x.latency_seconds, x.bytes_per_second);
  }
};

} // namespace

std::string to_string(const event_content& x) {
  return std::visit(describer{}, x);
}

} // namespace morph
