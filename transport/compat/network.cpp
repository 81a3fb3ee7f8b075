#include <morph/graph/clock.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/compat/monitor.hpp>
#include <morph/transport/compat/network.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <caf/io/middleman.hpp>
#include <caf/openssl/manager.hpp>
#include <caf/openssl/publish.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <algorithm>
#include <memory>
#include <set>

namespace morph::compat {

bool has_tls(caf::actor_system& sys) {
  return sys.has_openssl_manager();
}

bool has_network(caf::actor_system& sys) {
  return sys.has_middleman() || simulation_of(sys);
}

result<uint16_t> publish(const caf::actor& whom, const std::string& address,
                         uint16_t port) {
  auto& sys = whom.home_system();
  if (auto* x = simulation_of(sys))
    return x->publish(whom, port);
  constexpr auto reuse_after_restart = true;
  auto out = has_tls(sys) ? caf::openssl::publish(whom, port, address.c_str(),
                                                  reuse_after_restart)
                          : sys.middleman().publish(whom, port, address.c_str(),
                                                    reuse_after_restart);
  if (out)
    return *out;
  return fail(errc::port_in_use, "cannot listen on " + address + ':'
                                   + std::to_string(port) + " ("
                                   + render(out.error()) + ")");
}

void unpublish(const caf::actor& whom, uint16_t port) {
  auto& sys = whom.home_system();
  if (auto* x = simulation_of(sys))
    return x->unpublish(port);
  // One broker serves doors with and without TLS.
  sys.middleman().unpublish(whom, port);
}

namespace {

struct search {
  caf::actor connector;
  std::string host;
  uint16_t port;
  int64_t deadline_ns;
  std::function<void(const caf::actor&)> found;
  std::function<void(const std::string& why)> missing;
};

/// CAF 0.17.6 drops a connection in whose handshake a heartbeat falls: it has
/// not been seen yet, and so counts as silent for ever. It is tried again.
void go_on(caf::event_based_actor* self, std::shared_ptr<search> x) {
  auto left = std::chrono::nanoseconds{x->deadline_ns - now_ns()};
  request(self, x->connector, std::max(left, std::chrono::nanoseconds{0}),
          caf::connect_atom_v, x->host, x->port)
    .then(
      [x](const caf::node_id&, const caf::strong_actor_ptr& ptr,
          const std::set<std::string>&) {
        if (ptr)
          x->found(caf::actor_cast<caf::actor>(ptr));
        else
          x->missing("nothing is offered there");
      },
      [self, x](const caf::error& why) {
        if (why == caf::sec::connection_timeout && now_ns() < x->deadline_ns)
          go_on(self, x);
        else
          x->missing(render(why));
      });
}

} // namespace

void find_published(caf::event_based_actor* self, const std::string& host,
                    uint16_t port, std::chrono::milliseconds timeout,
                    std::function<void(const caf::actor&)> found,
                    std::function<void(const std::string& why)> missing) {
  auto& sys = self->system();
  auto* simulated = simulation_of(sys);
  auto real = [&] {
    return sys.has_openssl_manager() ? sys.openssl_manager().actor_handle()
                                     : sys.middleman().actor_handle();
  };
  auto ask
    = simulated ? simulated->connector() : caf::actor_cast<caf::actor>(real());
  auto deadline = now_ns() + std::chrono::nanoseconds{timeout}.count();
  go_on(self,
        std::make_shared<search>(search{std::move(ask), host, port, deadline,
                                        std::move(found), std::move(missing)}));
}

size_t num_workers(caf::event_based_actor* self) {
  return self->system().scheduler().num_workers();
}

} // namespace morph::compat
