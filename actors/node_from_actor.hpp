// Lets an actor that exists already stand in a graph as a node.
//
//   auto price = morph::add_actor(g, pricing_actor, {features},
//                                 {port_type{f64, {}}});
//
// The actor answers a request `node_fire` with `node_values`, one value per
// output port; if it is differentiable, `node_pullback` with `node_values`
// too: one cotangent per input, null for none. What it answers otherwise, an
// error, or nothing within the timeout, fails the step and no other. It may
// live on another CAF node, since all messages travel as bytes; its answers
// are never cached, as it may have state of its own.
//
// Steps overlap: the actor can tell requests apart by `step`. It runs under
// actor runtimes only, in the process of the session; `inline` refuses the
// step with MM0507. `grad` cannot look inside it: let the session's objective
// differentiate.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/graph.hpp>
#include <morph/transport/compat/inspect.hpp>

#include <caf/actor.hpp>
#include <caf/type_id.hpp>

#include <chrono>
#include <cstdint>
#include <source_location>
#include <vector>

namespace morph {

/// Request: compute the outputs from these inputs.
struct node_fire {
  uint64_t step = 0;
  std::vector<value> inputs;
};

/// Request: one cotangent per input from one per output; null means none.
struct node_pullback {
  uint64_t step = 0;
  std::vector<value> inputs;
  std::vector<value> cotangents;
};

/// Response to both.
struct node_values {
  std::vector<value> values;
};

bool inspect(byte_writer& f, node_fire& x);
bool inspect(byte_reader& f, node_fire& x);
bool inspect(byte_writer& f, node_pullback& x);
bool inspect(byte_reader& f, node_pullback& x);
bool inspect(byte_writer& f, node_values& x);
bool inspect(byte_reader& f, node_values& x);

struct actor_node_options {
  /// The actor answers `node_pullback`.
  bool differentiable = false;
  /// For each request.
  std::chrono::milliseconds timeout{10'000};
};

/// Adds a node that `whom` computes; its expression is that of the first
/// output. Throws `failure`: MM0108 for a null handle, MM0111 without
/// outputs, MM0110 for foreign inputs.
expr add_actor(graph& g, const caf::actor& whom, std::vector<expr> inputs,
               std::vector<port_type> outputs,
               const actor_node_options& options = {},
               std::source_location at = std::source_location::current());

} // namespace morph

CAF_BEGIN_TYPE_ID_BLOCK(morph_actor_node, caf::first_custom_type_id + 1072)

CAF_ADD_TYPE_ID(morph_actor_node, (morph::node_fire))
CAF_ADD_TYPE_ID(morph_actor_node, (morph::node_pullback))
CAF_ADD_TYPE_ID(morph_actor_node, (morph::node_values))

CAF_END_TYPE_ID_BLOCK(morph_actor_node)

namespace morph::compat {

template <>
inline constexpr bool travels_as_bytes<node_fire> = true;
template <>
inline constexpr bool travels_as_bytes<node_pullback> = true;
template <>
inline constexpr bool travels_as_bytes<node_values> = true;

} // namespace morph::compat
