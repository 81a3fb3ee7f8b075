#include <morph/actors/task/combinators.hpp>

#include <algorithm>
#include <cmath>

namespace morph::tasks {

std::chrono::nanoseconds backoff_before(const policy& p, int n) noexcept {
  auto wait = static_cast<double>(p.backoff.count())
              * std::pow(p.factor, static_cast<double>(n - 2));
  auto longest = static_cast<double>(p.longest.count());
  return std::chrono::nanoseconds{
    static_cast<int64_t>(std::min(wait, longest))};
}

bool worth_another_try(const error& x) noexcept {
  switch (x.code) {
    case errc::cancelled:
    case errc::needs_concurrency:
    case errc::circular_wait:
    case errc::dangling_borrow:
    case errc::unknown_host:
      return false;
    default:
      return true;
  }
}

} // namespace morph::tasks
