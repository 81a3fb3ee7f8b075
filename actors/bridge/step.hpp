// A step as an operation: awaited in any coroutine, on an executor of one's
// own, with a stop token.
//
//   auto y = co_await outcome_of(s.post(feeds)).on(strand).until(stop);
//
// Thread-safety: as operation.hpp.
#pragma once

#include <morph/actors/io/operation.hpp>
#include <morph/actors/session/step_handle.hpp>

namespace morph {

/// Completes with the step. A stop request ends the wait (MM0502), not the
/// step.
io_operation<step_values> outcome_of(step_handle x);

/// Calls `f` once with the outcome, inside `where`.
void then_on(const step_handle& x, io_executor where,
             step_handle::continuation f);

} // namespace morph
