// The runtime on which task nodes of a thread run their branches. A node's
// actor names it for its own thread; where nobody has, a node runs them on the
// thread itself.
//
// Thread-safety: each thread has its own.
#pragma once

#include <morph/actors/task/task_runtime.hpp>

namespace morph::tasks {

/// Null if none is named.
task_runtime* here() noexcept;

/// Names one for the calling thread; null: none. It must outlive its use.
void name_here(task_runtime* x) noexcept;

/// Names one for a while, where actors share a thread.
class here_scope {
public:
  explicit here_scope(task_runtime* x) noexcept;

  here_scope(const here_scope&) = delete;
  here_scope& operator=(const here_scope&) = delete;

  ~here_scope();

private:
  task_runtime* outer_;
};

} // namespace morph::tasks
