// The handle by which CAF code that already runs uses a session's graph: an
// actor that takes `step_request` and answers each one.
//
// Requests wait their turn at the gate of the session like its own steps do.
// That may block, so a lane carries them there one by one, while the actor
// stays free to take requests and to answer them.
//
// Thread-safety: construct and destroy from any thread but an actor's.
// Invariants:
// 1. Each request is answered, whatever becomes of the session.
// 2. At most one request waits at the gate; the others wait here, in order.
#pragma once

#include <morph/actors/machine/step_machine.hpp>
#include <morph/actors/session/errand_lane.hpp>
#include <morph/graph/error.hpp>
#include <morph/graph/value.hpp>
#include <morph/transport/compat/inspect.hpp>
#include <morph/transport/compat/messaging.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>
#include <caf/type_id.hpp>

#include <functional>
#include <memory>
#include <string>
#include <utility>
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

class step_service {
public:
  using callback = std::function<void(result<step_output>)>;

  /// Brings a step through the gate: may block, must not throw, calls `done`
  /// exactly once.
  using gate = std::function<void(const step_request&, callback done)>;

  /// The lane must outlive the service.
  step_service(caf::actor_system& sys, const errand_lane& lane, gate pass);

  step_service(const step_service&) = delete;
  step_service& operator=(const step_service&) = delete;

  /// Refuses what still waits (MM0505). REQUIRES: no step of a request is in
  /// flight, and the gate blocks nobody any more.
  ~step_service();

  const caf::actor& actor() const noexcept {
    return front_;
  }

private:
  caf::actor_system& sys_;
  caf::actor front_;
};

/// The gate is free for the next.
struct gate_passed {};

struct request_done {
  uint64_t number = 0;
  std::shared_ptr<result<step_output>> outcome;
};

struct end_service {};

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

MORPH_LOCAL_MESSAGE(morph::gate_passed)
MORPH_LOCAL_MESSAGE(morph::request_done)
MORPH_LOCAL_MESSAGE(morph::end_service)
