// What docs/sim.md shows.
#include "actors/sim/spread_net.hpp"

#include <morph/actors/sim/explore.hpp>
#include <morph/actors/task/tasks.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

// [task]
morph::task<int> fetch(morph::context& self) {
  co_await self.sleep_for(2s);
  throw morph::failure{morph::error{morph::errc::host_unreachable, "refused"}};
  co_return 0;
}

morph::task<int> insist(morph::context& self) {
  return retry(self, morph::policy{.tries = 5, .backoff = 1s}, fetch);
}

// [/task]

} // namespace

TEST_CASE("docs/sim.md: a host dies", "[sim]") {
  spread_net n{2};
  auto goal = n.minimised(sgd{.rate = 0.1});
  // [faults]
  morph::sim world{{.seed = 7, .hosts = 2, .line = {.jitter = 200us}}};
  world.at(2s, [&] { world.kill("a1"); });

  morph::session s{world, n.g, goal};
  morph::error lost;
  for (int k = 0; lost.code == morph::errc::none; ++k) {
    world.run_for(20ms); // what else a program does between steps
    auto x = s.step(n.batch(k)).wait();
    if (!x)
      lost = x.error();
  }
  CHECK(lost.code == morph::errc::host_lost);
  CHECK(world.now() < 5s); // noticed within three seconds
  // [/faults]
}

TEST_CASE("docs/sim.md: what is pending", "[sim]") {
  spread_net n{2};
  // [pending]
  morph::sim world{{.hosts = 2}};
  morph::session s{world, n.g, n.minimised(morph::sgd{.rate = 0.1})};
  world.part("a1", "a2");
  auto step = s.step(n.batch(0));
  world.run_for(1s);
  auto left = to_string(world.pending());
  // [/pending]
  CHECK(left.find("a1->a2: ") != std::string::npos);
  CHECK(left.find("step 1") != std::string::npos);
  world.heal("a1", "a2");
  CHECK(step.wait());
}

TEST_CASE("docs/sim.md: a task takes virtual seconds", "[sim]") {
  // [retry]
  morph::sim world{{.hosts = 0}};
  auto x = morph::try_run(world, insist);
  CHECK(x.error().code == morph::errc::host_unreachable);
  CHECK(world.now() >= 25s); // and a few milliseconds of ours
  // [/retry]
}

TEST_CASE("docs/sim.md: schedules are searched", "[sim]") {
  auto expected = train_inline(sgd{.rate = 0.1}, 2);
  // [explore]
  auto same_bits = [&](morph::sim& world) {
    auto trained = train_spread(world, 2, morph::sgd{.rate = 0.1}, 2);
    if (!same(trained, expected))
      throw std::runtime_error{"other bits"};
  };
  morph::sim_options base{.hosts = 2, .line = {.jitter = 1ms}};
  auto found = morph::explore(base, 20, same_bits);
  INFO((found ? to_string(*found) : "no failure"));
  CHECK(!found);
  // [/explore]
}

} // namespace morph::test
