// The one place that reads the clock.
//
// Time is the machine's, unless a `clock_scope` puts another clock in its
// place for what the calling thread does meanwhile. Code that is measured sits
// deep inside of what is timed and knows nobody whom to ask for the time; and
// a scope is of one thread, so a simulation and a runtime on real time, or two
// simulations, live side by side.
//
// Thread-safety: all functions may be called from any thread.
#pragma once

#include <cstdint>

namespace morph {

/// Nanoseconds of the monotonic clock; comparable within one machine only.
int64_t now_ns() noexcept;

/// Another source of time.
class clock_source {
public:
  virtual ~clock_source();

  virtual int64_t read() noexcept = 0;
};

/// Lets this thread read `x` until the end of the scope; null: the machine's
/// clock. Scopes nest.
class clock_scope {
public:
  explicit clock_scope(clock_source* x) noexcept;

  clock_scope(const clock_scope&) = delete;
  clock_scope& operator=(const clock_scope&) = delete;

  ~clock_scope();

private:
  clock_source* outer_;
};

} // namespace morph
