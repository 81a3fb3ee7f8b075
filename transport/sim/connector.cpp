#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/sim/network.hpp>

#include <caf/atom.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>

#include <map>
#include <set>

namespace morph::simulation {

/// Tells a connector what has become of a call.
struct call_ended {
  uint64_t number = 0;
  caf::strong_actor_ptr who;
};

} // namespace morph::simulation

MORPH_LOCAL_MESSAGE(morph::simulation::call_ended)

namespace morph::simulation {

namespace {

struct connector_state {
  uint64_t last = 0;
  std::map<uint64_t, caf::response_promise> calls;
};

using connector_actor = caf::stateful_actor<connector_state>;

caf::behavior connector(connector_actor* self, network* net, process* where) {
  return {
    [self, net, where](caf::connect_atom, const std::string&, uint16_t port) {
      auto& s = compat::state(self);
      auto number = ++s.last;
      auto promise = self->make_response_promise();
      s.calls.emplace(number, promise);
      net->dial(*where, port, [to = caf::actor{self}, number](const auto& who) {
        compat::anon_send(to, call_ended{number, who});
      });
      return promise;
    },
    [self](const call_ended& x) {
      auto call = compat::state(self).calls.extract(x.number);
      if (x.who)
        call.mapped().deliver(x.who->node(), x.who, std::set<std::string>{});
      else
        call.mapped().deliver(
          caf::make_error(caf::sec::cannot_connect_to_node));
    },
  };
}

} // namespace

caf::actor network::spawn_connector(process& where) {
  return compat::spawn_hidden(where.system(), connector, this, &where);
}

} // namespace morph::simulation
