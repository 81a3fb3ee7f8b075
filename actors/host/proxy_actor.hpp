// The actor that stands in a graph for an actor that does not speak the
// mailbox protocol: obeys it on one side and sends `node_fire` and
// `node_pullback` requests on the other.
//
// Mailbox: that of a node actor.
//
// Invariants: those of `node_machine`, but that it never answers from a cache.
#pragma once

#include <morph/actors/host/part_context.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

namespace morph {

/// True if the node is an actor that existed before.
bool is_actor_node(const graph_node& x) noexcept;

/// REQUIRES: `is_actor_node` of node `n`.
caf::actor spawn_proxy(caf::actor_system& sys, const part_context_ptr& context,
                       node_id n);

} // namespace morph
