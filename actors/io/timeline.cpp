#include <morph/actors/io/timeline.hpp>

#include <algorithm>

namespace morph {

io_timeline::~io_timeline() {
  // nop
}

void manual_timeline::at(int64_t when, std::function<void()> f) {
  due_.emplace(std::pair{std::max(when, now_), count_++}, std::move(f));
}

bool manual_timeline::run_one() {
  if (due_.empty())
    return false;
  auto next = due_.extract(due_.begin());
  now_ = next.key().first;
  next.mapped()();
  return true;
}

void manual_timeline::run() {
  while (run_one())
    ; // Each may add more.
}

} // namespace morph
