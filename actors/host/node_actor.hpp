// The actors that are nodes: thin shells around the machines.
//
// Mailbox: `forward`, `backward`, `recall`, `begin_step`, `commit_step`
// (parameters), `cancel_step`, from each other `take_turn`, and from their
// controller `rewire_node`,
// `save_node`, `load_node`. Actors that do not speak it stand in a graph behind
// a proxy, see proxy_actor.hpp.
#pragma once

#include <morph/actors/host/part_context.hpp>
#include <morph/transport/compat/messaging.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <cstddef>
#include <string>
#include <vector>

namespace morph {

/// From the node before on this host, where nodes run in order.
struct take_turn {
  uint64_t step = 0;
  pass_direction direction = pass_direction::forward;
};

/// Continue under another plan. REQUIRES: no step is in flight.
struct rewire_node {
  part_context_ptr context;
};

/// Request; answered with `node_state`.
struct save_node {};

/// Request to a node with a thread of its own: what it has branched ends.
/// Answered with `node_state`.
struct end_branches {};

struct node_state {
  node_id node = 0;
  bool ok = true;
  std::vector<std::byte> bytes; ///< Empty for nodes without state.
};

/// Request; answered with `node_state`, without bytes.
struct load_node {
  std::vector<std::byte> bytes;
};

/// Request to a parameter; answered with `node_state`, without bytes.
struct assign_node {
  tensor content;
};

/// Starts the actor of a node of `context`.
caf::actor spawn_node(caf::actor_system& sys, const part_context_ptr& context,
                      node_id n);

/// Adds what steps wait for at the node of an actor; nothing if it is none.
/// REQUIRES: the actor is in a simulated system, and not running.
void tell_waits(const caf::actor& x, std::vector<std::string>& out);

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::take_turn)
MORPH_LOCAL_MESSAGE(morph::rewire_node)
MORPH_LOCAL_MESSAGE(morph::save_node)
MORPH_LOCAL_MESSAGE(morph::end_branches)
MORPH_LOCAL_MESSAGE(morph::node_state)
MORPH_LOCAL_MESSAGE(morph::load_node)
MORPH_LOCAL_MESSAGE(morph::assign_node)
