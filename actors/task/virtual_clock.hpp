// A clock that moves when it is told to.
//
// Thread-safety: none.
#pragma once

#include <morph/actors/task/task_time.hpp>

namespace morph {

class virtual_clock {
public:
  task_time now() const noexcept {
    return now_;
  }

  /// Never goes back.
  void advance_to(task_time t) noexcept {
    if (t > now_)
      now_ = t;
  }

private:
  task_time now_{};
};

} // namespace morph
