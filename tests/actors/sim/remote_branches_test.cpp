// Branches of a simulated cluster: other hosts, seeds and faults, the same
// results or a clear error, and nothing left.
#include "support/sanitizers.hpp"

#include <morph/actors/remote/remote_task.hpp>
#include <morph/actors/sim/sim.hpp>
#include <morph/actors/task/tasks.hpp>

#include <catch2/catch.hpp>

#include <map>
#include <vector>

namespace morph::test {

namespace {

using namespace std::chrono_literals;

task<long> slow_square(context& self, long x) {
  co_await self.sleep_for(std::chrono::milliseconds{x % 7});
  co_return x* x;
}

const remote_task slow_square_task{"sim.slow_square", slow_square};

task<long> sum_of_squares(context& self, long n) {
  scope s{self, at_most(8)};
  for (long i = 0; i < n; ++i)
    s.branch(slow_square, i, spread);
  long sum = 0;
  while (auto x = co_await s.next<long>())
    sum += *x;
  co_return sum;
}

const remote_task sum_of_squares_task{"sim.sum_of_squares", sum_of_squares};

/// On two hosts, each of which branches in its own process.
task<long> on_two_hosts(context& self, long n) {
  auto a = self.branch(sum_of_squares, n, pin("a1"));
  auto b = self.branch(sum_of_squares, n, pin("a2"));
  co_return co_await a + co_await b;
}

long expected_sum(long n) {
  return (n - 1) * n * (2 * n - 1) / 6;
}

bool nothing_left(sim& world) {
  for (auto& x : world.cluster().left_behind(5s))
    if (!x.empty())
      return false;
  return true;
}

} // namespace

TEST_CASE("branches on simulated hosts give the same in any order",
          "[sim][task]") {
  std::map<uint64_t, int> schedules;
  for (uint64_t seed = 1; seed <= seeds(40); ++seed) {
    INFO("seed " << seed);
    sim world{{.seed = seed, .hosts = 2, .line = {.jitter = 500us}}};
    CHECK(run(world, sum_of_squares, 30) == expected_sum(30));
    CHECK(run(world, on_two_hosts, 12) == 2 * expected_sum(12));
    CHECK(nothing_left(world));
    ++schedules[world.hash()];
  }
  CHECK(schedules.size() == seeds(40));
}

TEST_CASE("a seed of branches on hosts is repeated event for event",
          "[sim][task]") {
  auto hash_of = [](uint64_t seed) {
    sim world{{.seed = seed, .hosts = 3, .line = {.jitter = 500us}}};
    CHECK(run(world, sum_of_squares, 30) == expected_sum(30));
    return world.hash();
  };
  CHECK(hash_of(5) == hash_of(5));
  CHECK(hash_of(5) != hash_of(6));
}

TEST_CASE("a simulated host that dies fails its branches and no others",
          "[sim][task]") {
  for (uint64_t seed = 1; seed <= seeds(20); ++seed) {
    INFO("seed " << seed);
    sim world{{.seed = seed, .hosts = 2, .line = {.jitter = 500us}}};
    world.at(std::chrono::milliseconds{1 + seed}, [&] { world.kill("a1"); });
    auto x = try_run(world, sum_of_squares, 200);
    if (x)
      CHECK(*x == expected_sum(200));
    else
      CHECK(x.error().code == errc::host_lost);
    // Those of the other host were cancelled, and the driver goes on with it.
    auto y = try_run(world, [](context& self) -> task<long> {
      co_return co_await self.branch(slow_square, 9L, pin("a2"));
    });
    REQUIRE(y);
    CHECK(*y == 81);
    CHECK(world.tasks().counts().none());
  }
}

TEST_CASE("a deadline ends branches on simulated hosts", "[sim][task]") {
  for (uint64_t seed = 1; seed <= seeds(20); ++seed) {
    INFO("seed " << seed);
    sim world{{.seed = seed, .hosts = 2, .line = {.jitter = 500us}}};
    auto late = [](context& self) -> task<long> {
      co_return co_await timeout(self, 5ms, sum_of_squares, 1000L);
    };
    auto x = try_run(world, late);
    REQUIRE(!x);
    CHECK(x.error().code == errc::deadline_exceeded);
    CHECK(world.now() < 1s);
    CHECK(nothing_left(world));
  }
}

} // namespace morph::test
