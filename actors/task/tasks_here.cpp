#include <morph/actors/task/tasks_here.hpp>

#include <utility>

namespace morph::tasks {

namespace {

thread_local task_runtime* named = nullptr;

} // namespace

task_runtime* here() noexcept {
  return named;
}

here_scope::here_scope(task_runtime* x) noexcept
  : outer_(std::exchange(named, x)) {
  // nop
}

here_scope::~here_scope() {
  named = outer_;
}

} // namespace morph::tasks
