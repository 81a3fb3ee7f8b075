#include <morph/actors/events/courier.hpp>
#include <morph/actors/events/event_queue.hpp>

#include <caf/stateful_actor.hpp>

namespace morph {

namespace {

struct courier_state {
  caf::actor whom;
  event_queue waiting;
  bool busy = false;
  bool ending = false;
};

using courier = caf::stateful_actor<courier_state>;

void deliver_next(courier* self) {
  auto& s = compat::state(self);
  if (s.busy)
    return;
  if (s.waiting.empty()) {
    if (s.ending)
      self->quit();
    return;
  }
  s.busy = true;
  // An actor that is slow gets the next one late, and one that has ended none.
  constexpr auto patience = std::chrono::hours{24};
  compat::request(self, s.whom, patience, s.waiting.pop())
    .then(
      [self] {
        compat::state(self).busy = false;
        deliver_next(self);
      },
      [self](const caf::error&) { self->quit(); });
}

caf::behavior courier_behavior(courier* self, const caf::actor& whom) {
  compat::state(self).whom = whom;
  return {
    [self](const event& x) {
      compat::state(self).waiting.push(x);
      deliver_next(self);
    },
    [self](end_of_events) {
      compat::state(self).ending = true;
      deliver_next(self);
    },
  };
}

} // namespace

caf::actor spawn_courier(caf::actor_system& sys, const caf::actor& whom) {
  return compat::spawn_hidden(sys, courier_behavior, whom);
}

} // namespace morph
