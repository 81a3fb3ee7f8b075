// Hosts that die, freeze, or cannot be reached: what a session makes of it,
// and how soon.
#include "actors/sim/spread_net.hpp"
#include "support/sanitizers.hpp"

#include <morph/actors/host/part_actor.hpp>

#include <catch2/catch.hpp>

#include <optional>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

/// What is promised: a lost host is noticed within this time.
constexpr auto promised = 3s;

struct outcome {
  std::optional<error> failed;
  std::chrono::nanoseconds noticed{0};
  size_t finished = 0;
  parameter_map kept;
  parameter_map complete; // after `finished` steps, had nothing happened
};

/// Trains for two virtual seconds; at one something happens.
outcome train_through(sim& world, const std::function<void()>& what) {
  outcome out;
  spread_net n{2};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  world.at(1s, what);
  for (int k = 0; world.now() < 5s && !out.failed; ++k) {
    world.run_for(20ms);
    auto x = s.step(n.batch(k)).wait();
    if (x) {
      ++out.finished;
    } else {
      out.failed = x.error();
      out.noticed = world.now() - 1s;
    }
  }
  try {
    out.kept = s.parameters();
  } catch (const failure& e) {
    UNSCOPED_INFO(e.what());
  }
  return out;
}

void is_lost(const outcome& x) {
  REQUIRE(x.failed);
  INFO(to_string(*x.failed));
  CHECK(x.failed->code == errc::host_lost);
  CHECK(x.noticed <= promised);
  CHECK(x.finished > 10);
  // A copy of the last half second.
  auto found = false;
  for (auto k = static_cast<int>(x.finished); k >= 0 && !found; --k)
    found = same(x.kept, train_inline(sgd{.rate = 0.1}, k));
  CHECK(found);
}

} // namespace

TEST_CASE("the loss of a simulated host ends its sessions in time", "[sim]") {
  for (uint64_t seed = 1; seed <= seeds(3); ++seed) {
    INFO("seed " << seed);
    {
      sim world{{.seed = seed}};
      is_lost(train_through(world, [&] { world.kill("a1"); }));
    }
    CHECK(live_node_actors() == 0);
    {
      sim world{{.seed = seed}};
      is_lost(train_through(world, [&] { world.unplug("a2"); }));
    }
    CHECK(live_node_actors() == 0);
    {
      sim world{{.seed = seed}};
      is_lost(train_through(world, [&] { world.freeze("a1"); }));
    }
    CHECK(live_node_actors() == 0);
    {
      sim world{{.seed = seed}};
      is_lost(train_through(world, [&] { world.part("driver", "a2"); }));
    }
    CHECK(live_node_actors() == 0);
    {
      sim world{{.seed = seed}};
      is_lost(train_through(world, [&] { world.part("a1", "a2"); }));
    }
    CHECK(live_node_actors() == 0);
    {
      sim world{{.seed = seed}};
      is_lost(train_through(world, [&] { world.part_one_way("a1", "a2"); }));
    }
    CHECK(live_node_actors() == 0);
  }
}

TEST_CASE("what is over before a silence is noticed costs nothing", "[sim]") {
  auto expected = train_inline(sgd{.rate = 0.1}, 30);
  for (uint64_t seed = 1; seed <= 10; ++seed) {
    INFO("seed " << seed);
    sim world{{.seed = seed}};
    spread_net n{2};
    session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
    world.at(100ms, [&] { world.part("driver", "a1"); });
    world.at(900ms, [&] { world.heal("driver", "a1"); });
    world.at(1100ms, [&] { world.freeze("a2"); });
    world.at(2500ms, [&] { world.thaw("a2"); });
    for (int k = 0; k < 30; ++k) {
      world.run_for(20ms);
      s.step(n.batch(k));
    }
    s.finish();
    CHECK(same(s.parameters(), expected));
    CHECK(world.now() > 2500ms);
  }
}

TEST_CASE("a minute of heartbeats takes no time", "[sim]") {
  sim world{{.hosts = 3}};
  spread_net n{3};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  s.step(n.batch(0)).get();
  auto start = now_ns();
  world.run_for(60s);
  CHECK(world.now() > 60s);
  CHECK(now_ns() - start < 500'000'000);
  s.step(n.batch(1)).get();
}

} // namespace morph::test
