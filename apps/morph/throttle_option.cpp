#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/quantity.hpp>
#include <morph/apps/morph/throttle_option.hpp>

#include <charconv>

namespace morph::cli {

throttle_option parse_throttle(const std::string& text) {
  usage_error wrong{"'" + text + "' is no throttle; write FROM:TO=1MB/s@STEP"};
  auto equals = text.find('=');
  auto colon = text.find(':');
  if (equals == std::string::npos || colon == std::string::npos
      || colon > equals)
    throw wrong;
  throttle_option out;
  out.from = text.substr(0, colon);
  out.to = text.substr(colon + 1, equals - colon - 1);
  auto rate = text.substr(equals + 1);
  if (auto at = rate.find('@'); at != std::string::npos) {
    auto first = rate.data() + at + 1;
    auto last = rate.data() + rate.size();
    auto [end, failed] = std::from_chars(first, last, out.step);
    if (failed != std::errc{} || end != last)
      throw wrong;
    rate.resize(at);
  }
  if (rate.ends_with("/s"))
    rate.resize(rate.size() - 2);
  if (out.from.empty() || out.to.empty() || rate.empty())
    throw wrong;
  out.bytes_per_second = parse_bytes(rate);
  return out;
}

} // namespace morph::cli
