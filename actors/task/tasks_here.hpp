// The runtime on which task nodes of a thread run their branches. A node's
// actor keeps one for its own thread; where there is none, a node runs them on
// the thread itself.
//
// Thread-safety: each thread has its own.
#pragma once

#include <morph/actors/task/task_runtime.hpp>

#include <memory>

namespace morph::tasks {

/// Null if there is none.
task_runtime* here() noexcept;

/// Keeps one for the calling thread in place of that before, which ends; null:
/// none.
void keep_here(std::unique_ptr<task_runtime> x) noexcept;

} // namespace morph::tasks
