// Suspends a branch until somebody outside of all tasks says so: what an
// operation of an `io` needs of the coroutine that awaits it.
//
// Thread-safety: made on the strand of the branch; `resume` is called once,
// from any thread.
// Invariant: a cancellation does not end the wait, since whoever is outside
// may still write to what the branch owns: it requests the stop.
#pragma once

#include <coroutine>
#include <functional>
#include <stop_token>

namespace morph::tasks {

class branch_core;

struct outside_wait {
  std::stop_token stop;
  std::function<void()> resume;
};

outside_wait wait_outside(branch_core& me, std::coroutine_handle<> h);

} // namespace morph::tasks
