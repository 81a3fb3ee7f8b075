// A deployed graph as an actor, for code that speaks CAF:
//
//   caf::actor model = morph::actor_of(session);
//   self->request(model, timeout, morph::step_request{{{"x", features}}})
//     .then([](morph::step_reply& r) { ... }, [](const caf::error& why) ...);
//
// Actors as nodes of a graph: <morph/actors/node_from_actor.hpp>.
#pragma once

#include <morph/actors/session/session.hpp>
#include <morph/actors/session/session_actor.hpp>

#include <caf/actor.hpp>

namespace morph {

/// The actor that answers `step_request`, from any thread and any actor.
/// It lives as long as the session and changes when the session is asked for
/// further results: name all of them first. Requests are not bounded by the
/// session's limits on what is in flight. Throws `failure` (MM0507) if the
/// session runs inline, where there is no actor.
caf::actor actor_of(session& x);

} // namespace morph
