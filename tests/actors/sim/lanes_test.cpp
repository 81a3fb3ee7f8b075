// What has threads of its own elsewhere runs as simulated events here:
// continuations, posted steps, subscribers, requests, nodes that wait.
#include "actors/sim/spread_net.hpp"
#include "support/sanitizers.hpp"

#include <morph/actors/host/part_actor.hpp>
#include <morph/transport/remote_ptr.hpp>

#include <caf/event_based_actor.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <set>
#include <string>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

/// Threads of this process.
size_t threads() {
  std::ifstream file{"/proc/self/status"};
  std::string word;
  while (file >> word)
    if (word == "Threads:") {
      size_t n = 0;
      file >> n;
      return n;
    }
  return 0;
}

struct keep_remote : node<keep_remote> {
  remote_ptr<tensor> forward(const tensor& x) const {
    return make_remote(x);
  }

  template <class F>
  friend bool inspect(F& f, keep_remote& x) {
    return f.object(x).fields();
  }
};

struct fetch_remote : node<fetch_remote> {
  tensor forward(const remote_ptr<tensor>& p) const {
    return p.get();
  }

  template <class F>
  friend bool inspect(F& f, fetch_remote& x) {
    return f.object(x).fields();
  }
};

} // namespace

TEST_CASE("a simulation starts no thread", "[sim]") {
  auto before = threads();
  sim world{{.hosts = 3}};
  spread_net n{3};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  auto told = 0;
  auto subscription = s.events().subscribe([&](const event&) { ++told; });
  for (int k = 0; k < 3; ++k)
    s.step(n.batch(k)).then([](auto&) {
      // nop
    });
  s.finish();
  CHECK(threads() == before);
}

TEST_CASE("continuations may start steps and wait for them", "[sim]") {
  auto expected = train_inline(sgd{.rate = 0.1}, 3);
  for (uint64_t seed = 1; seed <= seeds(20); ++seed) {
    INFO("seed " << seed);
    sim world{{.seed = seed, .line = {.jitter = 500us}}};
    spread_net n{2};
    session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
    auto done = 0;
    s.step(n.batch(0)).then([&](auto& first) {
      REQUIRE(first);
      s.step(n.batch(1)).get();
      s.step(n.batch(2)).then([&](auto& third) {
        REQUIRE(third);
        ++done;
      });
    });
    REQUIRE(world.run_until([&] { return done == 1; }));
    s.finish();
    CHECK(same(s.parameters(), expected));
  }
}

TEST_CASE("posted steps keep their order", "[sim]") {
  auto expected = train_inline(sgd{.rate = 0.1}, 20);
  sim world{{.hosts = 2}};
  spread_net n{2};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  for (int k = 0; k < 20; ++k)
    s.post(n.batch(k));
  s.finish();
  CHECK(same(s.parameters(), expected));
}

TEST_CASE("simulated nodes wait for remote values", "[sim]") {
  register_node<keep_remote>();
  register_node<fetch_remote>();
  for (uint64_t seed = 1; seed <= seeds(20); ++seed) {
    INFO("seed " << seed);
    sim world{{.seed = seed, .line = {.jitter = 500us}}};
    {
      graph g;
      auto x = g.input("x", f32);
      auto p = g.add(keep_remote{}, x).pin("a1");
      auto there = g.add(fetch_remote{}, p).pin("a2");
      auto here = g.add(fetch_remote{}, p).pin("a1");
      session s{world, g};
      auto value = tensor::full(f32, {}, 7.0);
      auto [a, b] = s.run({{x, value}}, there, here);
      CHECK(a.bit_equal(value));
      CHECK(b.bit_equal(value));
    }
    for (auto& x : world.cluster().left_behind(10s))
      CHECK(x.empty());
  }
}

TEST_CASE("subscribers hear of a simulated loss", "[sim]") {
  sim world{{.hosts = 2}};
  spread_net n{2};
  session s{world, n.g, n.minimised(sgd{.rate = 0.1})};
  s.step(n.batch(0)).get();
  auto told = 0;
  auto subscription = s.events().subscribe(
    [&](const event& x) { told += std::holds_alternative<host_lost>(x.what); });
  world.kill("a1");
  CHECK(world.run_until([&] { return told == 1; }));
}

} // namespace morph::test
