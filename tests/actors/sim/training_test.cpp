// A graph trains over simulated hosts as it does anywhere, whatever happens
// when.
#include "actors/sim/spread_net.hpp"
#include "support/sanitizers.hpp"

#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>

#include <catch2/catch.hpp>

#include <set>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

/// Delays that differ from frame to frame, on hosts that differ.
sim_options restless(uint64_t seed, size_t hosts) {
  sim_options out;
  out.seed = seed;
  out.hosts = hosts;
  // Above 0: where nothing is left to choose, all schedules are one.
  out.liveliness = 0.1 * static_cast<double>(1 + seed % 9);
  out.line.jitter = seed % 3 == 0 ? 0us : seed % 3 == 1 ? 200us : 5ms;
  out.line.bytes_per_second = seed % 2 == 0 ? 0 : 50'000'000;
  out.host.skew = std::chrono::seconds{seed % 100};
  out.host.drift = 1e-4 * static_cast<double>(seed % 5);
  return out;
}

void trains_alike(const optimiser& o, int steps, size_t hosts, uint64_t first,
                  uint64_t n) {
  auto expected = train_inline(o, steps);
  std::set<uint64_t> schedules;
  for (auto seed = first; seed < first + n; ++seed) {
    sim world{restless(seed, hosts)};
    INFO("seed " << seed << ", " << hosts << " hosts");
    REQUIRE(same(train_spread(world, hosts, o, steps), expected));
    schedules.insert(world.hash());
  }
  CHECK(schedules.size() == n);
  CHECK(live_node_actors() == 0);
}

} // namespace

TEST_CASE("simulated hosts train to the same bits", "[sim]") {
  for (size_t hosts : {1, 2, 3}) {
    trains_alike(sgd{.rate = 0.1}, 4, hosts, 1, seeds(40));
    trains_alike(adam{.rate = 1e-2}, 4, hosts, 1001, seeds(40));
  }
}

TEST_CASE("many schedules train to the same bits", "[sim][slow]") {
  for (size_t hosts : {1, 2, 3}) {
    trains_alike(sgd{.rate = 0.1}, 4, hosts, 1, 600);
    trains_alike(adam{.rate = 1e-2}, 4, hosts, 100001, 600);
  }
}

TEST_CASE("a seed is repeated event for event", "[sim]") {
  auto run = [](uint64_t seed) {
    auto options = restless(seed, 3);
    options.keep_log = true;
    sim world{options};
    auto trained = train_spread(world, 3, adam{.rate = 1e-2}, 5);
    std::vector<std::string> lines;
    for (auto& x : world.log())
      lines.push_back(std::to_string(x.at_ns) + ' ' + x.where + ' ' + x.what);
    return std::tuple{lines, world.hash(), world.now(), trained};
  };
  auto [log, hash, now, trained] = run(7);
  REQUIRE(log.size() > 1000);
  auto [log2, hash2, now2, trained2] = run(7);
  CHECK(log2 == log);
  CHECK(hash2 == hash);
  CHECK(now2 == now);
  auto [log3, hash3, now3, trained3] = run(8);
  CHECK(log3 != log);
  CHECK(hash3 != hash);
  CHECK(same(trained, trained2));
  CHECK(same(trained, trained3));
}

TEST_CASE("two simulations and a runtime of threads live side by side",
          "[sim]") {
  thread_runtime threads{2};
  sim one{{.seed = 1, .hosts = 1}};
  sim two{{.seed = 2, .hosts = 2, .host = {.skew = 1h}}};
  net n;
  auto o = minimise(n.loss, sgd{.rate = 0.1}).clip(1.0);
  session a{threads, n.g, o};
  session b{one, n.g, o};
  session c{two, n.g, o};
  for (int k = 0; k < 5; ++k)
    for (auto* s : {&a, &b, &c})
      s->step({{n.x, batch_x(k)}, {n.t, batch_t(k)}});
  CHECK(same(a.parameters(), b.parameters()));
  CHECK(same(a.parameters(), c.parameters()));
  // Real time went on, virtual time did not follow it.
  CHECK(one.now() < 1s);
}

} // namespace morph::test
