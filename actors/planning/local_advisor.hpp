// Advice for a deployment on one host: only what to keep and what to
// recompute.
#pragma once

#include <morph/actors/runtime/actor_engine.hpp>

#include <memory>

namespace morph {

std::unique_ptr<placement_advisor> make_local_advisor(uint64_t forward_budget);

} // namespace morph
