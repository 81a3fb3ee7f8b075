// Questions to actors and hosts from a thread that may wait for the answer.
//
// Thread-safety: free functions, safe from any thread but an actor's worker.
#pragma once

#include <morph/actors/host/verbs.hpp>
#include <morph/graph/error.hpp>
#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/mailbox.hpp>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <chrono>
#include <utility>

namespace morph {

inline constexpr auto control_timeout = std::chrono::seconds(60);

/// Sends a request to a host and waits for its answer.
inline result<blob> ask_host(caf::actor_system& sys, const caf::actor& link,
                             verb what, blob body) {
  caf::scoped_actor self{sys};
  self->send(link, control{0, 1, static_cast<uint16_t>(what), std::move(body)});
  if (!compat::run_until_mail(self))
    return fail(compat::why_stalled(sys));
  result<blob> out = fail(errc::timed_out, "a host does not answer");
  self->receive(
    [&](const control_reply& x) {
      if (x.ok)
        out = x.body;
      else
        out = fail(error_of(x));
    },
    caf::after(control_timeout) >>
      [] {
        // keeps the error
      });
  return out;
}

/// Sends a request to a local actor and waits for its answer.
template <class Answer, class Request>
result<Answer> ask_actor(caf::actor_system& sys, const caf::actor& dst,
                         Request x) {
  caf::scoped_actor self{sys};
  result<Answer> out = fail(errc::timed_out, "an actor does not answer");
  auto answer = self->request(dst, control_timeout, std::move(x));
  if (!compat::run_until_mail(self))
    return fail(compat::why_stalled(sys));
  answer.receive([&](Answer& y) { out = std::move(y); },
                 [&](const caf::error&) {
                   // keeps the error
                 });
  return out;
}

} // namespace morph
