// Sending, requesting, spawning and actor state: the calls whose spelling
// differs between versions of CAF.
//
// Thread-safety: as the CAF calls beneath; `anon_send` from any thread, the
// others from inside the actor `self`.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>
#include <caf/timespan.hpp>

#include <chrono>
#include <utility>

namespace morph::compat {

template <class Self, class Dst, class... Ts>
void send(Self* self, const Dst& dst, Ts&&... xs) {
  self->send(dst, std::forward<Ts>(xs)...);
}

template <class Dst, class... Ts>
void anon_send(const Dst& dst, Ts&&... xs) {
  caf::anon_send(dst, std::forward<Ts>(xs)...);
}

template <class Self, class Dst, class Rep, class Period, class... Ts>
void delayed_send(Self* self, const Dst& dst,
                  std::chrono::duration<Rep, Period> delay, Ts&&... xs) {
  self->delayed_send(dst, std::chrono::duration_cast<caf::timespan>(delay),
                     std::forward<Ts>(xs)...);
}

/// The result offers `.then(on_value, on_error)`.
template <class Self, class Dst, class Rep, class Period, class... Ts>
auto request(Self* self, const Dst& dst,
             std::chrono::duration<Rep, Period> timeout, Ts&&... xs) {
  return self->request(dst, std::chrono::duration_cast<caf::timespan>(timeout),
                       std::forward<Ts>(xs)...);
}

template <class Self, class Dst, class... Ts>
auto delegate(Self* self, const Dst& dst, Ts&&... xs) {
  return self->delegate(dst, std::forward<Ts>(xs)...);
}

/// Spawns from an actor system or from inside an actor.
template <class F, class Spawner, class... Ts>
caf::actor spawn(Spawner& by, F fun, Ts&&... xs) {
  return by.spawn(std::move(fun), std::forward<Ts>(xs)...);
}

/// Spawns an actor that does not keep the system alive.
template <class F, class Spawner, class... Ts>
caf::actor spawn_hidden(Spawner& by, F fun, Ts&&... xs) {
  return by.template spawn<caf::hidden>(std::move(fun),
                                        std::forward<Ts>(xs)...);
}

/// The state of a stateful actor.
template <class Self>
auto& state(Self* self) {
  return self->state;
}

/// The sender of the current message as a handle; may be null.
template <class Self>
caf::actor sender(Self* self) {
  return caf::actor_cast<caf::actor>(self->current_sender());
}

/// Ends an actor, from any thread.
inline void stop(const caf::actor& x) {
  caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
}

} // namespace morph::compat

/// Declares a message type that never leaves the process. Use outside of any
/// namespace, after the type is complete.
#define MORPH_LOCAL_MESSAGE(type) CAF_ALLOW_UNSAFE_MESSAGE_TYPE(type)
