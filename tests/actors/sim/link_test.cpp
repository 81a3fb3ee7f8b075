// What links do when there is nothing to do, when a carrier loses something,
// and when a peer says what nobody understands.
#include "actors/sim/spread_net.hpp"

#include <morph/transport/address_book.hpp>

#include <caf/event_based_actor.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <iostream>
#include <sstream>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

size_t batches(const sim& world) {
  auto& log = world.log();
  return static_cast<size_t>(std::count_if(log.begin(), log.end(), [](auto& x) {
    return x.what.starts_with("morph::batch");
  }));
}

} // namespace

TEST_CASE("links that have nothing to say are silent", "[sim]") {
  sim world{{.hosts = 3, .keep_log = true}};
  spread_net n{3};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  s.step(n.batch(0)).get();
  world.run_for(100ms);
  auto before = batches(world);
  CHECK(before > 0);
  world.run_for(10s);
  CHECK(batches(world) == before);
  // And they still are there.
  s.step(n.batch(1)).get();
}

TEST_CASE("a carrier that loses all there is ends the link", "[sim]") {
  sim world{{.hosts = 1}};
  spread_net n{1};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  s.step(n.batch(0)).get();
  // Heartbeats still come: the carrier says that all is well.
  world.set_line("driver", "a1", {.drop = 1});
  auto start = world.now();
  auto x = s.step(n.batch(1)).wait();
  REQUIRE(!x);
  INFO(to_string(x.error()));
  CHECK(x.error().code == errc::host_lost);
  CHECK(world.now() - start < 11s);
}

TEST_CASE("messages that nobody understands are not printed", "[sim]") {
  sim world{{.hosts = 1}};
  spread_net n{1};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  s.step(n.batch(0)).get();
  std::ostringstream said;
  auto* before = std::cerr.rdbuf(said.rdbuf());
  auto& entry = *world.cluster().addresses().all()->begin()->second;
  compat::anon_send(entry.controller, recall{});
  compat::anon_send(entry.session, recall{});
  world.run_for(1s);
  std::cerr.rdbuf(before);
  CHECK(said.str().empty());
  s.step(n.batch(1)).get();
}

TEST_CASE("clocks that differ by hours do not disturb links", "[sim]") {
  sim_options options{.hosts = 2};
  options.host.skew = -3h;
  options.host.drift = 0.01;
  sim world{options};
  CHECK(same(train_spread(world, 2, sgd{.rate = 0.1}, 5),
             train_inline(sgd{.rate = 0.1}, 5)));
}

} // namespace morph::test
