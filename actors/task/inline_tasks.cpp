#include <morph/actors/task/inline_tasks.hpp>
#include <morph/graph/clock.hpp>

namespace morph {

inline_tasks::~inline_tasks() {
  shut_down();
}

task_time inline_tasks::now() const noexcept {
  return task_time{std::chrono::nanoseconds{now_ns()}};
}

void inline_tasks::pass_time(std::unique_lock<std::mutex>& guard,
                             task_time due) {
  condition_.wait_for(guard, due - now());
}

} // namespace morph
