// A deployed graph as an actor, for code that speaks CAF:
//
//   caf::actor model = morph::actor_of(session);
//   self->request(model, timeout, morph::step_request{{{"x", features}}})
//     .then([](morph::step_reply& r) { ... }, [](const caf::error& why) ...);
//
// Actors as nodes of a graph: <morph/actors/node_from_actor.hpp>.
#pragma once

#include <morph/actors/events/event_message.hpp>
#include <morph/actors/session/session.hpp>
#include <morph/actors/session/step_service.hpp>

#include <caf/actor.hpp>

namespace morph {

/// The actor that answers `step_request`, from any thread and any actor. It is
/// the same as long as the session lives. Requests run within the session's
/// limits on what is in flight, in the order in which they come; the others
/// wait. Each is answered: with MM0505 if the session closes before its turn.
/// Throws `failure` (MM0507) if the session runs inline, where there is no
/// actor.
caf::actor actor_of(session& x);

} // namespace morph
