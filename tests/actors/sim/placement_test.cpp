// Links that slow down and recover, on time that costs nothing: the plan
// follows.
#include "actors/sim/spread_net.hpp"

#include <morph/actors/host/part_actor.hpp>

#include <catch2/catch.hpp>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

} // namespace

TEST_CASE("a simulated link slows down, and the plan follows", "[sim]") {
  sim_options options{.seed = 3, .hosts = 2};
  options.line.bytes_per_second = 200'000'000;
  sim world{options};
  graph g;
  auto x = g.input("x", f32, {dyn, 64});
  auto t = g.input("t", i64, {dyn});
  auto h = tanh(dense(g, "hidden", x, 64, 1).pin("a1"));
  auto h2 = tanh(dense(g, "second", h, 64, 2));
  auto loss = cross_entropy(dense(g, "out", h2, 4, 3), t);
  session s{world, g, minimise(loss, sgd{.rate = 0.1})};
  auto slowed = 0;
  auto recovered = 0;
  auto moved = 0;
  auto subscription = s.events().subscribe([&](const event& e) {
    slowed += std::holds_alternative<link_slowed>(e.what);
    recovered += std::holds_alternative<link_recovered>(e.what);
    moved += std::holds_alternative<plan_changed>(e.what);
  });
  auto xs = tensor::full(f32, {64, 64}, 0.5);
  auto ts = tensor::full(i64, {64}, 1.0);
  auto steps_until = [&](const std::function<bool()>& done) {
    for (int k = 0; k < 3000 && !done(); ++k) {
      world.run_for(1ms);
      s.step({{x, xs}, {t, ts}}).get();
    }
    return done();
  };
  steps_until([&] { return world.now() > 1500ms; });
  WARN(s.explain());
  for (auto* to : {"a1", "a2"})
    for (auto* from : {"driver", "a1", "a2"})
      if (std::string{from} != to) {
        world.set_line(from, to,
                       {.delay = 20ms, .bytes_per_second = 1'000'000});
        world.set_line(to, from,
                       {.delay = 20ms, .bytes_per_second = 1'000'000});
      }
  CHECK(steps_until([&] { return slowed > 0; }));
  WARN(world.now().count() / 1'000'000 << " ms, " << moved << " plans");
}

} // namespace morph::test
