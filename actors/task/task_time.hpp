// Time as tasks see it: that of the runtime they are on, which may be virtual.
#pragma once

#include <chrono>
#include <cstdint>

namespace morph {

/// Has no `now`: ask a context or a runtime.
struct task_clock {
  using duration = std::chrono::nanoseconds;
  using rep = duration::rep;
  using period = duration::period;
  using time_point = std::chrono::time_point<task_clock>;
  static constexpr bool is_steady = true;
};

using task_time = task_clock::time_point;

} // namespace morph
