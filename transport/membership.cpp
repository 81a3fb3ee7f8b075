#include <morph/transport/compat/keeper.hpp>
#include <morph/transport/compat/network.hpp>
#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/link/link_actor.hpp>
#include <morph/transport/membership.hpp>

#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <arpa/inet.h>

namespace morph {

namespace {

/// Guests that may be at the door at once.
constexpr size_t max_guests = 64;

struct greeter_state {
  static inline const char* name = "morph.greeter";
  size_t guests = 0;
};

caf::behavior greeter(caf::stateful_actor<greeter_state>* self, std::string key,
                      link_options options) {
  compat::keep(self);
  // Anything but a greeting is ignored, and so is what cannot be read.
  self->set_default_handler(caf::drop);
  return {
    [self, key, options](const hello& x) {
      auto guest = compat::sender(self);
      if (!guest)
        return;
      auto& guests = compat::state(self).guests;
      if (x.version != protocol_version || guests >= max_guests) {
        compat::send(self, guest, refusal{errc::protocol_violation});
        return;
      }
      ++guests;
      spawn_answering(self, guest, x, key, options);
    },
    [self](guest_settled) { --compat::state(self).guests; },
  };
}

bool is_loopback(const std::string& host) {
  if (host == "localhost")
    return true;
  in6_addr v6{};
  if (inet_pton(AF_INET6, host.c_str(), &v6) == 1)
    return IN6_IS_ADDR_LOOPBACK(&v6);
  in_addr v4{};
  return inet_pton(AF_INET, host.c_str(), &v4) == 1
         && ntohl(v4.s_addr) >> 24 == 127;
}

} // namespace

result<void> check_endpoint(caf::actor_system& sys, const endpoint& where) {
  if (!compat::has_network(sys))
    return fail(errc::host_unreachable,
                "the actor system was configured without networking");
  if (!is_loopback(where.host) && !compat::has_tls(sys))
    return fail(errc::insecure_address,
                "'" + where.host
                  + "' is not a loopback address and mutual TLS is not "
                    "configured");
  return {};
}

offered::offered(caf::actor_system& sys, caf::actor greeter, endpoint where)
  : sys_(&sys), greeter_(std::move(greeter)), where_(std::move(where)) {
  // nop
}

offered::offered(offered&& other) noexcept
  : sys_(std::exchange(other.sys_, nullptr)),
    greeter_(std::move(other.greeter_)), where_(std::move(other.where_)) {
  // nop
}

offered& offered::operator=(offered&& other) noexcept {
  std::swap(sys_, other.sys_);
  std::swap(greeter_, other.greeter_);
  std::swap(where_, other.where_);
  return *this;
}

offered::~offered() {
  if (!sys_)
    return;
  compat::unpublish(greeter_, where_.port);
  compat::stop(greeter_);
}

caf::actor spawn_greeter(caf::actor_system& sys, std::string key,
                         link_options options) {
  return compat::spawn_hidden(sys, greeter, std::move(key), std::move(options));
}

result<offered> offer(caf::actor_system& sys, const endpoint& where,
                      std::string key, link_options options) {
  if (auto ok = check_endpoint(sys, where); !ok)
    return fail(std::move(ok.error()));
  auto real = where;
  // A name could come to mean another address.
  if (real.host == "localhost")
    real.host = "127.0.0.1";
  auto door = spawn_greeter(sys, std::move(key), std::move(options));
  auto port = compat::publish(door, real.host, real.port);
  if (!port) {
    compat::stop(door);
    return fail(std::move(port.error()));
  }
  real.port = *port;
  return offered{sys, std::move(door), std::move(real)};
}

caf::actor connect(caf::actor_system& sys, const endpoint& where,
                   std::string key, std::chrono::milliseconds timeout,
                   link_options options) {
  return spawn_connecting(sys, where, std::move(key), timeout,
                          std::move(options));
}

result<link_up> connect_and_wait(caf::actor_system& sys, const endpoint& where,
                                 std::string key,
                                 std::chrono::milliseconds timeout,
                                 link_options options) {
  auto link = connect(sys, where, std::move(key), timeout, std::move(options));
  caf::scoped_actor self{sys};
  compat::send(self.ptr(), link, get_peer{});
  if (!compat::run_until_mail(self))
    return fail(compat::why_stalled(sys));
  result<link_up> out;
  self->receive([&](link_up& x) { out = std::move(x); },
                [&](link_down& x) { out = fail(std::move(x.what)); });
  return out;
}

caf::actor meet(caf::actor_system& sys, caf::actor greeter, std::string key,
                std::chrono::milliseconds timeout, link_options options) {
  return spawn_meeting(sys, std::move(greeter), std::move(key), timeout,
                       std::move(options));
}

} // namespace morph
