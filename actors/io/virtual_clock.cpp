#include <morph/actors/io/virtual_clock.hpp>

#include <algorithm>

namespace morph {

virtual_clock::~virtual_clock() {
  // nop
}

void manual_clock::at(int64_t when, std::function<void()> f) {
  due_.emplace(std::pair{std::max(when, now_), count_++}, std::move(f));
}

bool manual_clock::run_one() {
  if (due_.empty())
    return false;
  auto next = due_.extract(due_.begin());
  now_ = next.key().first;
  next.mapped()();
  return true;
}

void manual_clock::run() {
  while (run_one())
    ; // Each may add more.
}

} // namespace morph
