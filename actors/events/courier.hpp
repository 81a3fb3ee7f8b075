// Brings events to an actor, one at a time.
//
// Mailbox: `event`, and `end_of_events`, after which it delivers what waits
// and ends.
#pragma once

#include <morph/actors/events/event_message.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

namespace morph {

struct end_of_events {};

caf::actor spawn_courier(caf::actor_system& sys, const caf::actor& whom);

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::end_of_events)
