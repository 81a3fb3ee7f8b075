// The timers of a runtime by time.
//
// Thread-safety: none.
#pragma once

#include <morph/actors/task/timer.hpp>

#include <boost/intrusive/set.hpp>

#include <cstddef>
#include <cstdint>

namespace morph::tasks {

class timer_queue {
public:
  /// True if it is the earliest now.
  bool insert(timer& x) {
    x.order = ++last_;
    auto where = timers_.insert(x).first;
    return where == timers_.begin();
  }

  /// False if it is not there any more.
  bool erase(timer& x) noexcept {
    if (!x.is_linked())
      return false;
    timers_.erase(timers_.iterator_to(x));
    return true;
  }

  bool empty() const noexcept {
    return timers_.empty();
  }

  /// REQUIRES: not empty.
  task_time next_due() const noexcept {
    return timers_.begin()->due();
  }

  /// Takes the earliest if it is due at `now`, else null.
  timer* pop(task_time now) noexcept {
    if (timers_.empty() || next_due() > now)
      return nullptr;
    auto& x = *timers_.begin();
    timers_.erase(timers_.begin());
    return &x;
  }

private:
  struct earlier {
    bool operator()(const timer& a, const timer& b) const noexcept {
      return a.due() != b.due() ? a.due() < b.due() : a.order < b.order;
    }
  };

  boost::intrusive::set<timer, boost::intrusive::compare<earlier>> timers_;
  uint64_t last_ = 0;
};

} // namespace morph::tasks
