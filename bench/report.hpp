// Medians and ratios of repeated measurements, printed one line each.
#pragma once

#include <morph/graph/clock.hpp>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string>
#include <vector>

namespace morph::bench {

/// Nanoseconds of one call.
template <class F>
double time_ns(F f) {
  auto start = now_ns();
  f();
  return static_cast<double>(now_ns() - start);
}

inline double median(std::vector<double> xs) {
  std::sort(xs.begin(), xs.end());
  return xs.empty() ? 0 : xs[xs.size() / 2];
}

/// Calls `f` until it has run `n` times; the median in nanoseconds.
template <class F>
double median_ns(int n, F f) {
  std::vector<double> xs;
  for (int i = 0; i < n; ++i)
    xs.push_back(time_ns(f));
  return median(std::move(xs));
}

inline void line(const char* what, double x, const char* unit,
                 const char* target) {
  std::printf("%-52s %10.1f %-10s %s\n", what, x, unit, target);
  std::fflush(stdout);
}

/// Resident memory of this process in bytes.
inline double resident_bytes() {
  std::ifstream f{"/proc/self/statm"};
  double total = 0;
  double resident = 0;
  f >> total >> resident;
  return resident * 4096;
}

} // namespace morph::bench
