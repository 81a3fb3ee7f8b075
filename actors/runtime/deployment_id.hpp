// Ids of deployments: unique on all hosts that several drivers may share.
#pragma once

#include <caf/fwd.hpp>

#include <cstdint>

namespace morph {

/// Starts at a random number and counts.
uint32_t next_deployment_id(caf::actor_system& sys);

} // namespace morph
