// Addresses of nodes: a deployment and a node in it. A message carries the
// address, so that it can be handed to the node's actor or to the link to the
// host where the node lives.
#pragma once

#include <cstdint>

namespace morph {

/// Node number of a deployment's controller on the addressed host.
inline constexpr uint32_t controller_node = 0xffffffff;

/// Node number of the session that drives a deployment.
inline constexpr uint32_t session_node = 0xfffffffe;

constexpr uint64_t make_address(uint32_t deployment, uint32_t node) noexcept {
  return uint64_t{deployment} << 32 | node;
}

constexpr uint32_t deployment_of(uint64_t address) noexcept {
  return static_cast<uint32_t>(address >> 32);
}

constexpr uint32_t node_of(uint64_t address) noexcept {
  return static_cast<uint32_t>(address);
}

} // namespace morph
