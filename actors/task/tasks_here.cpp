#include <morph/actors/task/tasks_here.hpp>

namespace morph::tasks {

namespace {

thread_local std::unique_ptr<task_runtime> kept;

} // namespace

task_runtime* here() noexcept {
  return kept.get();
}

void keep_here(std::unique_ptr<task_runtime> x) noexcept {
  kept = std::move(x);
}

} // namespace morph::tasks
