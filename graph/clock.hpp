// The one place that reads the clock.
#pragma once

#include <cstdint>

namespace morph {

/// Nanoseconds of the monotonic clock; comparable within one machine only.
int64_t now_ns() noexcept;

} // namespace morph
