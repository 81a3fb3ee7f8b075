// The runtime on which task nodes run their branches: that of the node's actor,
// named while it handles a message. Where none is named, a node runs them on
// the thread itself.
//
// Thread-safety: each thread has its own.
#pragma once

#include <morph/actors/task/task_runtime.hpp>

namespace morph::tasks {

/// Null if none is named.
task_runtime* here() noexcept;

/// Names one for a while.
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
