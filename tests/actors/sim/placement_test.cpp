// Links that slow down and recover, on time that costs nothing: the plan
// follows.
#include "actors/sim/spread_net.hpp"

#include <morph/actors/host/part_actor.hpp>

#include <catch2/catch.hpp>

#include <string>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

struct told {
  int slowed = 0;
  int recovered = 0;
  int plans = 0;
  std::chrono::nanoseconds noticed{0};
  std::chrono::nanoseconds moved{0};
  std::string from, to; ///< Where the nodes were, and where they went.
  uint64_t hash = 0;
};

/// Trains where the planner likes; then the way there becomes a hundredth of
/// what it was.
told slow_down(uint64_t seed) {
  told out;
  sim_options options{.seed = seed, .hosts = 2};
  options.line.bytes_per_second = 200'000'000;
  sim world{options};
  graph g;
  auto x = g.input("x", f32, {dyn, 64});
  auto t = g.input("t", i64, {dyn});
  auto h = tanh(dense(g, "hidden", x, 64, 1));
  auto loss = cross_entropy(dense(g, "out", h, 4, 3), t);
  session s{world, g, minimise(loss, sgd{.rate = 0.1})};
  auto subscription = s.events().subscribe([&](const event& e) {
    out.slowed += std::holds_alternative<link_slowed>(e.what);
    out.recovered += std::holds_alternative<link_recovered>(e.what);
    out.plans += std::holds_alternative<plan_changed>(e.what);
  });
  auto xs = tensor::full(f32, {64, 64}, 0.5);
  auto ts = tensor::full(i64, {64}, 1.0);
  auto step_until = [&](const std::function<bool()>& done) {
    for (int k = 0; k < 3000 && !done(); ++k) {
      world.run_for(2ms);
      s.step({{x, xs}, {t, ts}}).get();
    }
    return done();
  };
  auto set_lines
    = [&](const std::string& host, const simulation::line_options& line) {
        world.set_line("driver", host, line);
        world.set_line(host, "driver", line);
      };
  step_until([&] { return world.now() > 2s; });
  out.plans = 0;
  auto place = [&] { return s.report().nodes.back().host; };
  out.from = place();
  auto start = world.now();
  set_lines(out.from, {.delay = 5ms, .bytes_per_second = 2'000'000});
  CHECK(step_until([&] { return out.slowed > 0; }));
  out.noticed = world.now() - start;
  CHECK(step_until([&] { return out.plans > 0; }));
  out.moved = world.now() - start;
  out.to = place();
  set_lines(out.from, options.line);
  CHECK(step_until([&] { return out.recovered > 0; }));
  out.hash = world.hash();
  return out;
}

} // namespace

TEST_CASE("a simulated link slows down and the plan follows", "[sim]") {
  auto x = slow_down(3);
  INFO("noticed after " << x.noticed.count() / 1'000'000 << " ms, moved after "
                        << x.moved.count() / 1'000'000 << " ms");
  CHECK(x.from != x.to);
  CHECK(x.noticed < 2s);
  CHECK(x.moved < 5s);
  CHECK(slow_down(3).hash == x.hash);
  CHECK(live_node_actors() == 0);
}

} // namespace morph::test
