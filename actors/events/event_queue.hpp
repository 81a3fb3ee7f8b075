// Events that wait for one subscriber.
//
// Thread-safety: none.
// Invariant: at most `event_stream::capacity` wait.
#pragma once

#include <morph/actors/events/event_stream.hpp>

#include <deque>
#include <utility>

namespace morph {

class event_queue {
public:
  void push(event x) {
    if (waiting_.size() == event_stream::capacity) {
      missed_ += 1 + waiting_.front().missed;
      waiting_.pop_front();
    }
    waiting_.push_back(std::move(x));
  }

  bool empty() const noexcept {
    return waiting_.empty();
  }

  /// REQUIRES: not empty.
  event pop() {
    auto x = std::move(waiting_.front());
    waiting_.pop_front();
    x.missed += std::exchange(missed_, 0);
    return x;
  }

  void clear() {
    waiting_.clear();
  }

private:
  std::deque<event> waiting_;
  uint64_t missed_ = 0;
};

} // namespace morph
