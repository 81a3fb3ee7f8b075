// The session's actor: a shell around the step machine.
//
// Mailbox: what nodes send (`forward` with results, `backward` of inputs,
// `ready`, `failed`), and from the engine `submit_step`, `ask_part`,
// `adopt_plan`, `host_gone`.
#pragma once

#include <morph/actors/host/part_context.hpp>
#include <morph/actors/host/verbs.hpp>
#include <morph/actors/runtime/engine.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/mailbox.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace morph {

struct submit_step {
  step_order order;
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

/// Adds what steps in flight wait for. REQUIRES: the actor is in a simulated
/// system, and not running.
void tell_steps(const caf::actor& session, std::vector<std::string>& out);

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::submit_step)
MORPH_LOCAL_MESSAGE(morph::ask_part)
MORPH_LOCAL_MESSAGE(morph::adopt_plan)
MORPH_LOCAL_MESSAGE(morph::host_gone)
MORPH_LOCAL_MESSAGE(morph::set_controllers)
