// Runs a deployment on the caller's thread: the same machines as the actors,
// with one queue instead of mailboxes. Deterministic, message by message.
//
// Thread-safety: a mutex serialises callers.
#pragma once

#include <morph/actors/runtime/engine.hpp>

#include <memory>

namespace morph {

/// REQUIRES: every node can run in this process. `forward_budget` is that of
/// `deploy_options`.
std::unique_ptr<engine> make_inline_engine(deployment plan,
                                           uint64_t forward_budget);

} // namespace morph
