// Time is virtual: what takes long takes nothing, and happens when it should.
#include "actors/sim/spread_net.hpp"

#include <morph/graph/clock.hpp>

#include <caf/event_based_actor.hpp>

#include <catch2/catch.hpp>

#include <memory>
#include <vector>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

struct try_again {};

} // namespace

} // namespace morph::test

MORPH_LOCAL_MESSAGE(morph::test::try_again)

namespace morph::test {

TEST_CASE("a retry with back-off gives up after thirty virtual seconds",
          "[sim]") {
  auto start = now_ns();
  sim world{{.hosts = 0}};
  std::vector<std::chrono::nanoseconds> tries;
  auto gave_up = false;
  auto stubborn
    = world.actors()->spawn([&](caf::event_based_actor* self) -> caf::behavior {
        compat::send(self, caf::actor{self}, try_again{});
        return {[&, self](try_again) {
          tries.push_back(world.now());
          if (tries.size() == 5) {
            gave_up = true;
            self->quit();
          } else {
            // 2, 4, 8 and 16 seconds.
            compat::delayed_send(self, caf::actor{self},
                                 1s * (1 << tries.size()), try_again{});
          }
        }};
      });
  auto left = world.run_until_stalled();
  CHECK(left.empty());
  CHECK(gave_up);
  REQUIRE(tries.size() == 5);
  auto took = tries.back() - tries.front();
  CHECK(took >= 30s);
  CHECK(took < 30s + 1ms);
  CHECK(now_ns() - start < 5'000'000'000); // milliseconds, but for sanitizers
}

TEST_CASE("what is planned happens in its order", "[sim]") {
  sim world{{.hosts = 0}};
  std::vector<int> order;
  world.at(3s, [&] { order.push_back(3); });
  world.at(1s, [&] { order.push_back(1); });
  world.at(2s, [&] { order.push_back(2); });
  world.run_for(1500ms);
  CHECK(order == std::vector{1});
  CHECK(world.now() >= 1500ms);
  world.advance(1h); // nobody runs meanwhile
  CHECK(order == std::vector{1});
  world.run_until_stalled();
  CHECK(order == std::vector{1, 2, 3});
}

TEST_CASE("a host that is slow takes longer", "[sim]") {
  auto took = [](double slowness) {
    sim world{{.hosts = 1}};
    world.slow("a1", slowness);
    auto start = world.now();
    train_spread(world, 1, sgd{.rate = 0.1}, 10);
    return world.now() - start;
  };
  CHECK(took(20) > 3 * took(1));
}

TEST_CASE("a name that no simulated host has is an error", "[sim]") {
  sim world{{.hosts = 1}};
  for (auto f : std::vector<std::function<void()>>{
         [&] { world.kill("b1"); }, [&] { world.part("a1", "b1"); },
         [&] { world.slow("b1", 2); }, [&] { world.system("b1"); }})
    try {
      f();
      FAIL("no error");
    } catch (const failure& e) {
      CHECK(e.code() == errc::unknown_host);
    }
  world.kill("a1");
  world.kill("a1"); // twice is once
  CHECK_THROWS_AS(world.system("a1"), failure);
}

} // namespace morph::test
