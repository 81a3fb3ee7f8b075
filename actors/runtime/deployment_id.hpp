// Ids of deployments: unique on all hosts that several drivers may share.
#pragma once

#include <cstdint>

namespace morph {

/// Starts at a random number and counts.
uint32_t next_deployment_id();

} // namespace morph
