// Tasks on a simulated cluster: of plain programs, and as nodes of graphs.
#include "actors/sim/spread_net.hpp"

#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/task/task_node.hpp>
#include <morph/actors/task/tasks.hpp>
#include <morph/graph/clock.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <string>
#include <vector>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

task<int> refuses(context& self) {
  co_await self.sleep_for(2s);
  throw failure{error{errc::host_unreachable, "refused"}};
  co_return 0;
}

task<int> insists(context& self) {
  policy p{.tries = 5, .backoff = 1s};
  co_return co_await timeout(self, 30s, [p](context& me) {
    return retry(me, p, refuses);
  });
}

task<int> fib(context& self, int n) {
  if (n < 2)
    co_return n;
  auto a = self.branch(fib, n - 1, spread);
  auto b = self.branch(fib, n - 2);
  co_return co_await a + co_await b;
}

/// Doubles as often as its second input says, in branches that take time.
struct grow : task_node<grow> {
  task<traced> run(context& self, traced x, tensor times) const {
    static const block twice{"twice", [](expr y) { return y * 2.0; }};
    for (int i = 0; i < static_cast<int>(times.item()); ++i)
      x = co_await self.branch(
        [](context& me, traced y) -> task<traced> {
          co_await me.sleep_for(10ms);
          co_return twice(y);
        },
        x, spread);
    co_return x;
  }

  static port_type output_type(const port_type& x, const port_type&) {
    return x;
  }

  template <class F>
  friend bool inspect(F& f, grow& x) {
    return f.object(x).fields();
  }
};

struct grown {
  double loss = 0;
  double slope = 0;
};

std::vector<grown> grow_on(runtime& rt, bool pinned) {
  graph g;
  auto x = g.input("x", f64);
  auto times = g.input("times", f64);
  auto a = g.add(grow{}, x, times);
  auto b = g.add(grow{}, a, times);
  if (pinned) {
    a.pin("a1");
    b.pin("a2");
  }
  session s{rt, g, gradients_of({b}, {x})};
  std::vector<step_handle> steps;
  for (int k = 0; k < 4; ++k)
    steps.push_back(s.step({{x, 1.5}, {times, double(k % 3)}}));
  std::vector<grown> out;
  for (auto& y : steps) {
    auto found = y.get();
    out.push_back({found.loss(), found.gradient(x).item()});
  }
  return out;
}

} // namespace

TEST_CASE("a task retries for virtual seconds", "[sim][task]") {
  auto start = now_ns();
  sim world{{.hosts = 0}};
  auto x = try_run(world, insists);
  REQUIRE(!x);
  // Five tries of 2 s, with 1, 2, 4 and 8 s between them.
  CHECK(x.error().code == errc::host_unreachable);
  CHECK(world.now() >= 25s);
  CHECK(world.now() < 26s);
  CHECK(now_ns() - start < 5'000'000'000); // milliseconds, but for sanitizers
}

TEST_CASE("branches run in an order that the seed chooses", "[sim][task]") {
  auto run_with = [](uint64_t seed) {
    sim world{{.seed = seed, .hosts = 0}};
    CHECK(run(world, fib, 10) == 55);
    CHECK(world.run_until([&] { return world.tasks().counts().none(); }));
    return world.hash();
  };
  CHECK(run_with(1) == run_with(1));
  CHECK(run_with(1) != run_with(2));
}

TEST_CASE("a task that waits for ever is named", "[sim][task]") {
  sim world{{.hosts = 1}};
  auto x = try_run(world, [](context& self) -> task<int> {
    auto h = self.branch([](context& me) -> task<int> {
      co_await me.sleep_for(std::chrono::hours{24 * 365});
      co_return 1;
    });
    co_return co_await h;
  });
  REQUIRE(!x);
  CHECK(x.error().code == errc::stalled);
  INFO(x.error().message);
  CHECK(x.error().message.find("tasks_test.cpp") != std::string::npos);
  CHECK(world.tasks().counts().branches == 0);
}

TEST_CASE("task nodes run on simulated hosts", "[sim][task]") {
  register_node<grow>();
  inline_runtime here;
  auto expected = grow_on(here, false);
  for (uint64_t seed = 1; seed <= 20; ++seed) {
    INFO("seed " << seed);
    sim world{{.seed = seed, .line = {.jitter = 500us}}};
    auto found = grow_on(world, true);
    for (size_t k = 0; k < expected.size(); ++k) {
      CHECK(found[k].loss == expected[k].loss);
      CHECK(found[k].slope == expected[k].slope);
    }
    CHECK(world.now() >= 50ms); // 10 + 20 of one node, 20 of the other
    // A simulated node does not lend its tasks to others on this thread.
    CHECK(grow_on(here, false)[1].loss == expected[1].loss);
  }
  CHECK(live_node_actors() == 0);
}

} // namespace morph::test
