// Hosts that meet: who asks for a peer is answered when both ends know it.
#include "actors/support/local_cluster.hpp"

#include <morph/actors/host/host_actor.hpp>

#include <caf/scoped_actor.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using namespace morph::test;

namespace {

constexpr auto patience = std::chrono::seconds{20};

control ask(uint64_t request, verb what, blob body = {}) {
  return {0, request, static_cast<uint16_t>(what), std::move(body)};
}

peer_info peer(std::string name) {
  peer_info out;
  out.name = std::move(name);
  return out;
}

/// Number of the next request that is answered; 0 if none is.
uint64_t next_answer(caf::scoped_actor& self) {
  uint64_t out = 0;
  self->receive([&](const control_reply& x) { out = x.ok ? x.request : 0; },
                caf::after(patience) >> [] {});
  return out;
}

} // namespace

TEST_CASE("a host that awaits a peer answers when their link is up") {
  networked_config config;
  caf::actor_system system{config};
  host_setup setup;
  setup.name = "a2";
  setup.store = std::make_shared<object_store>(system);
  auto host = spawn_host(system, setup);
  {
    caf::scoped_actor self{system};
    self->send(host, ask(1, verb::await_peer, pack(std::string{"a1"})));
    self->send(host, ask(2, verb::await_peer, pack(std::string{"a3"})));
    self->send(host, link_up{self, peer("a1")});
    CHECK(next_answer(self) == 1);
    // Known by now: at once.
    self->send(host, ask(3, verb::await_peer, pack(std::string{"a1"})));
    CHECK(next_answer(self) == 3);
    self->send(host, link_up{self, peer("a3")});
    CHECK(next_answer(self) == 2);
  }
  compat::stop(host);
}
