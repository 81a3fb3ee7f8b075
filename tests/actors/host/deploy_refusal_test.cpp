// A deployment that a host cannot read is refused with a reason, and the host
// goes on.
#include "actors/support/local_cluster.hpp"

#include <morph/actors/host/host.hpp>
#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/host/verbs.hpp>
#include <morph/morph.hpp>

#include <caf/scoped_actor.hpp>

#include <catch2/catch.hpp>

#include <cstring>
#include <stdexcept>

using namespace morph;
using namespace morph::test;

namespace {

constexpr auto patience = std::chrono::seconds{20};

/// Saves and cannot be loaded.
struct fragile : node<fragile> {
  tensor forward(const tensor& x) const {
    return x;
  }

  friend bool inspect(byte_writer& f, fragile&) {
    return f(uint64_t{1});
  }

  friend bool inspect(byte_reader&, fragile&) {
    throw std::logic_error{"broken on the way"};
  }
};

/// A host of this process, and a link to it.
class guest {
public:
  guest() : system_(config_), host_(system_, {"h", {}, "key", {}}) {
    link_options options;
    options.self.name = "driver";
    link_ = unwrap(connect_and_wait(system_, host_.where(), "key", patience,
                                    options))
              .link;
  }

  ~guest() {
    caf::scoped_actor self{system_};
    self->send(link_, close_link{});
    self->wait_for(link_);
  }

  /// The error with which the host refuses a deployment of these bytes.
  error refusal(std::vector<std::byte> body) {
    caf::scoped_actor self{system_};
    self->send(link_, control{0, 1, static_cast<uint16_t>(verb::deploy),
                              blob{std::move(body)}});
    error out;
    self->receive(
      [&](const control_reply& x) {
        if (!x.ok)
          out = error_of(x);
      },
      caf::after(patience) >> [&] { out.message = "no answer"; });
    return out;
  }

private:
  networked_config config_;
  caf::actor_system system_;
  host host_;
  caf::actor link_;
};

std::vector<std::byte> deployment_of(const graph& g) {
  deployment plan;
  plan.id = 7;
  plan.net = g;
  plan.hosts = {"driver", "h"};
  plan.host_of.assign(g.size(), 1);
  byte_writer f;
  unwrap(encode_deployment(plan, f));
  return f.take();
}

/// The same bytes with each `from` replaced.
std::vector<std::byte> altered(std::vector<std::byte> bytes,
                               std::string_view from, std::string_view to) {
  auto text = std::string{reinterpret_cast<char*>(bytes.data()), bytes.size()};
  for (size_t i = 0; (i = text.find(from, i)) != std::string::npos;)
    text.replace(i, from.size(), to);
  std::memcpy(bytes.data(), text.data(), bytes.size());
  return bytes;
}

} // namespace

TEST_CASE("a host refuses a deployment that it cannot read") {
  guest g;
  graph net;
  auto x = net.input("x", f64);
  net.add(fragile{}, x);
  auto bytes = deployment_of(net);
  SECTION("because it is garbage") {
    CHECK(g.refusal({std::byte{1}, std::byte{2}}).code
          == errc::protocol_violation);
    bytes.resize(bytes.size() / 2);
    CHECK(g.refusal(bytes).code == errc::protocol_violation);
  }
  SECTION("because it does not know a node's type") {
    auto e = g.refusal(altered(bytes, "fragile", "nowhere"));
    CHECK(e.code == errc::unknown_node_type);
    CHECK_THAT(e.message, Catch::Contains("nowhere"));
    CHECK_FALSE(e.where.file.empty());
  }
  SECTION("because a node's inspector throws") {
    auto e = g.refusal(bytes);
    CHECK(e.code != errc::none);
    CHECK_THAT(e.message, Catch::Contains("broken on the way"));
  }
  graph simple;
  simple.input("x", f64);
  CHECK(g.refusal(deployment_of(simple)).code == errc::none);
}

TEST_CASE("a part without its way to another host fails the session's steps") {
  networked_config config;
  caf::actor_system system{config};
  caf::scoped_actor session{system};
  auto other = system.spawn([](caf::event_based_actor*) {
    return caf::behavior{[](const forget_deployment&) {}};
  });
  deployment plan;
  plan.id = 7;
  auto x = plan.net.input("x", f64);
  auto y = x * x;
  plan.hosts = {"driver", "h", "other"};
  plan.host_of.assign(plan.net.size(), 1);
  plan.results = {y.ref()};
  part_setup setup;
  setup.context = std::make_shared<part_context>(std::move(plan), 1);
  setup.session = session;
  setup.links = {setup.session, {}, other};
  setup.book = std::make_shared<address_book>();
  auto controller = spawn_part(system, setup);
  session->send(controller,
                link_down{other, "other", {errc::host_lost, "cut"}});
  error why;
  session->receive(
    [&](const failed& y) {
      CHECK(y.step == failed::every_step);
      why = y.what;
    },
    caf::after(patience) >> [] {});
  CHECK(why.code == errc::host_lost);
  CHECK_THAT(why.message, Catch::Contains("'h'") && Catch::Contains("'other'"));
  session->send(controller,
                control{0, 1, static_cast<uint16_t>(verb::close), {}});
  session->wait_for(controller);
  compat::stop(other);
}
