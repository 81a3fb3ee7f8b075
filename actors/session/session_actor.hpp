// The session's actor: a shell around the step machine, and the handle by
// which CAF code that already runs uses a deployed graph.
//
// Mailbox: what nodes send (`forward` with results, `backward` of inputs,
// `ready`, `failed`), `step_request` from anyone, and from the engine
// `submit_step`, `ask_part`, `adopt_plan`, `host_gone`.
#pragma once

#include <morph/actors/host/part_context.hpp>
#include <morph/actors/host/verbs.hpp>
#include <morph/actors/runtime/engine.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/mailbox.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace morph {

/// Asks for one step; answered with `step_reply`, or with a `caf::error` that
/// carries code and text if the step fails. Inputs go by name.
struct step_request {
  std::vector<std::pair<std::string, value>> feeds;
  bool backward = false;
};

/// Results in the order in which the session named them, losses included.
struct step_reply {
  uint64_t step = 0;
  std::vector<value> results;
  std::vector<value> gradients;
};

bool inspect(byte_writer& f, step_request& x);
bool inspect(byte_reader& f, step_request& x);
bool inspect(byte_writer& f, step_reply& x);
bool inspect(byte_reader& f, step_reply& x);

// -- from the engine ----------------------------------------------------------

struct submit_step {
  feed_list feeds;
  bool backward = false;
  std::shared_ptr<step_callback> done;
};

/// Sends a `control` to the part on `host`; `done` gets the reply.
struct ask_part {
  uint16_t host = 0;
  morph::verb what{};
  blob body;
  std::shared_ptr<std::function<void(result<blob>)>> done;
};

/// Continue with this plan. REQUIRES: no step is in flight.
struct adopt_plan {
  part_context_ptr context;
};

/// Fails all steps in flight and all steps to come.
struct host_gone {
  uint16_t host = 0;
  error what;
};

/// Names the controllers, by host of the plan; null for hosts without nodes.
struct set_controllers {
  std::vector<caf::actor> controllers;
};

caf::actor spawn_session(caf::actor_system& sys, part_context_ptr context);

} // namespace morph

CAF_BEGIN_TYPE_ID_BLOCK(morph_session, caf::first_custom_type_id + 1064)

CAF_ADD_TYPE_ID(morph_session, (morph::step_request))
CAF_ADD_TYPE_ID(morph_session, (morph::step_reply))

CAF_END_TYPE_ID_BLOCK(morph_session)

namespace morph::compat {

template <>
inline constexpr bool travels_as_bytes<step_request> = true;
template <>
inline constexpr bool travels_as_bytes<step_reply> = true;

} // namespace morph::compat

MORPH_LOCAL_MESSAGE(morph::submit_step)
MORPH_LOCAL_MESSAGE(morph::ask_part)
MORPH_LOCAL_MESSAGE(morph::adopt_plan)
MORPH_LOCAL_MESSAGE(morph::host_gone)
MORPH_LOCAL_MESSAGE(morph::set_controllers)
