// `--throttle a1:a2=1MB/s@STEP`: slows a link down when a step comes.
//
// Thread-safety: plain values and pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace morph::cli {

struct throttle_option {
  std::string from;
  std::string to;
  uint64_t bytes_per_second = 0; ///< 0: no limit.
  uint64_t step = 1;
};

/// Throws `usage_error`.
throttle_option parse_throttle(const std::string& text);

} // namespace morph::cli
