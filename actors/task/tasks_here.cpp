#include <morph/actors/task/tasks_here.hpp>

namespace morph::tasks {

namespace {

thread_local task_runtime* named = nullptr;

} // namespace

task_runtime* here() noexcept {
  return named;
}

void name_here(task_runtime* x) noexcept {
  named = x;
}

} // namespace morph::tasks
