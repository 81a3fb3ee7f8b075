// When nothing can happen any more, what is pending is told, and why.
#include "actors/sim/spread_net.hpp"

#include <morph/actors/host/part_actor.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

bool tells(const stall_report& x, const std::string& what) {
  return std::any_of(x.lines.begin(), x.lines.end(), [&](auto& line) {
    return line.find(what) != std::string::npos;
  });
}

} // namespace

TEST_CASE("nothing is pending where all is done", "[sim]") {
  sim world{{.hosts = 2}};
  spread_net n{2};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  s.step(n.batch(0)).get();
  auto x = world.run_until_stalled();
  INFO(to_string(x));
  CHECK(x.empty());
}

TEST_CASE("a step that waits says who waits for whom", "[sim]") {
  sim world;
  spread_net n{2};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  s.step(n.batch(0)).get();
  world.part_one_way("a1", "a2");
  auto step = s.step(n.batch(1));
  world.run_for(1s);
  auto x = world.pending();
  INFO(to_string(x));
  CHECK(tells(x, "driver: step 2 waits for '"));
  CHECK(tells(x, "a2: step 2: 'second/w' waits for 1 of 1 gradients"));
  CHECK(tells(x, "a1->a2: "));
  CHECK(!step.ready());
  world.heal("a1", "a2");
  CHECK(step.wait());
}

} // namespace morph::test
