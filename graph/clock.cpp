#include <morph/graph/clock.hpp>

#include <chrono>

namespace morph {

int64_t now_ns() noexcept {
  using namespace std::chrono;
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch())
    .count();
}

} // namespace morph
