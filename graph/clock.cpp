#include <morph/graph/clock.hpp>

#include <chrono>
#include <utility>

namespace morph {

namespace {

thread_local clock_source* source = nullptr;

} // namespace

int64_t now_ns() noexcept {
  using namespace std::chrono;
  if (source)
    return source->read();
  return duration_cast<nanoseconds>(steady_clock::now().time_since_epoch())
    .count();
}

clock_source::~clock_source() {
  // nop
}

clock_scope::clock_scope(clock_source* x) noexcept
  : outer_(std::exchange(source, x)) {
  // nop
}

clock_scope::~clock_scope() {
  source = outer_;
}

} // namespace morph
