// Programs that are cancelled at each point of their way leave nothing.
#include "actors/task/programs.hpp"

#include <set>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

task<int> leaf(context& self, int x) {
  counted value;
  co_await self.sleep_for(std::chrono::microseconds{x % 3});
  co_return x;
}

task<int> recursion(context& self, int n) {
  counted value;
  if (n < 2)
    co_return co_await self.branch(leaf, n);
  auto a = self.branch(recursion, n - 1);
  auto b = self.branch(recursion, n - 2, keep_local);
  co_return co_await a + co_await b;
}

task<int> limited(context& self) {
  scope s{self, at_most(2), at_most(1, leaf), deadline(1h)};
  for (int i = 0; i < 4; ++i) {
    s.branch(leaf, i);
    s.branch(recursion, 2);
  }
  std::vector<int> xs = co_await s.all();
  co_return static_cast<int>(xs.size());
}

task<int> as_they_come(context& self) {
  scope s{self};
  for (int i = 0; i < 5; ++i)
    s.branch(leaf, i);
  int sum = 0;
  while (auto x = co_await s.next<int>())
    sum += *x;
  co_return sum;
}

task<int> borrowing(context& self) {
  std::vector<int> xs(4, 1);
  co_await with_scope(self, [&](joined_scope& s) -> task<void> {
    for (auto& x : xs)
      s.branch(
        [](context& me, int& y) -> task<void> {
          counted value;
          co_await me.sleep_for(1us);
          ++y;
        },
        borrow(x));
    co_await s.join();
  });
  co_return xs[0] + xs[3];
}

task<int> racing(context& self) {
  auto a = [](context& x) { return leaf(x, 1); };
  auto b = [](context& x) -> task<int> {
    co_return co_await recursion(x, 3) + co_await forever(x);
  };
  co_return co_await race(self, a, b, forever);
}

task<int> retrying(context& self) {
  auto bad = [](context& x) -> task<int> {
    counted value;
    co_await x.sleep_for(1us);
    throw failure{{errc::host_unreachable, "never"}};
    co_return 0;
  };
  auto tries = [bad](context& x) {
    return retry(x, policy{.tries = 3, .backoff = 1us}, bad);
  };
  auto h = self.branch(tries);
  auto r = co_await settled(h);
  co_return r ? 0 : 1;
}

task<int> cleaning(context& self) {
  auto body = [](context& x) -> task<int> {
    counted value;
    auto h = x.branch(leaf, 2);
    co_return co_await h + co_await leaf(x, 1);
  };
  auto clean = [](context& x) -> task<void> {
    counted value;
    co_await x.sleep_for(1us);
    co_await x.branch(leaf, 1);
  };
  co_return co_await finally(self, body, clean);
}

task<int> failing(context& self) {
  scope s{self};
  s.branch(leaf, 1);
  s.branch(fails_after, 1us);
  s.branch(recursion, 3);
  try {
    std::vector<int> xs = co_await s.all();
  } catch (const failure& e) {
    if (e.code() == errc::cancelled)
      throw;
  }
  co_return 1;
}

task<int> handed_on(context& self) {
  auto a = self.branch(leaf, 2);
  auto b = self.branch(
    [](context&, branch_handle<int> h) -> task<int> {
      counted value;
      co_return co_await h + 1;
    },
    a);
  std::vector<branch_handle<int>> hs{a, b};
  int sum = 0;
  while (auto x = co_await next(hs))
    sum += *x;
  co_return sum;
}

using program = task<int> (*)(context&);

task<int> recursion_of_five(context& self) {
  return recursion(self, 5);
}

const std::pair<const char*, program> programs[] = {
  {"recursion", recursion_of_five},
  {"limited", limited},
  {"as they come", as_they_come},
  {"borrowing", borrowing},
  {"racing", racing},
  {"retrying", retrying},
  {"cleaning", cleaning},
  {"failing", failing},
  {"handed on", handed_on},
};

} // namespace

TEST_CASE("a cancellation at each point leaves nothing", "[task][cancel]") {
  for (auto& [name, f] : programs)
    for (uint64_t seed = 0; seed < 3; ++seed) {
      uint64_t steps = 0;
      {
        sim_tasks sim{seed};
        run(sim, f);
        steps = sim.steps();
      }
      REQUIRE(steps > 2);
      for (uint64_t at = 0; at <= steps; ++at) {
        INFO(name << ", seed " << seed << ", cancelled after " << at);
        sim_tasks sim{seed};
        auto x = start(sim, f);
        for (uint64_t i = 0; i < at; ++i)
          if (!sim.step())
            break;
        x.cancel();
        auto r = x.get();
        auto ok = r || r.error().code == errc::cancelled;
        REQUIRE(ok);
        REQUIRE(sim.counts().none());
        REQUIRE(counted::alive() == 0);
      }
    }
}

TEST_CASE("a scope cancelled after any number of turns leaves nothing",
          "[task][cancel]") {
  everywhere([](auto& rt) {
    for (auto& [name, f] : programs)
      for (int turns = 0; turns < 24; ++turns) {
        INFO(name << ", cancelled after " << turns << " turns");
        auto cancels = [f = f, turns](context& self) -> task<bool> {
          scope s{self};
          auto h = s.branch(f);
          for (int i = 0; i < turns; ++i)
            co_await self.yield();
          s.cancel();
          auto r = co_await settled(h);
          co_return r || r.error().code == errc::cancelled;
        };
        CHECK(run(rt, cancels));
        CHECK(drained(rt));
        CHECK(counted::alive() == 0);
      }
  });
}

TEST_CASE("programs give the same results for every seed", "[task]") {
  for (auto& [name, f] : programs) {
    sim_tasks first{0};
    auto expected = run(first, f);
    for (uint64_t seed = 1; seed < 300; ++seed) {
      INFO(name << ", seed " << seed);
      sim_tasks sim{seed};
      REQUIRE(run(sim, f) == expected);
      REQUIRE(sim.counts().none());
    }
  }
}

TEST_CASE("programs give the same results everywhere", "[task]") {
  for (auto& [name, f] : programs) {
    INFO(name);
    std::set<int> seen;
    everywhere([&seen, f = f](auto& rt) { seen.insert(run(rt, f)); });
    CHECK(seen.size() == 1);
  }
}

TEST_CASE("cancelling at any time leaves nothing on threads",
          "[task][cancel]") {
  for (auto& x : places()) {
    INFO("on " << x.name);
    auto rt = x.make();
    for (auto& [name, f] : programs) {
      INFO(name);
      for (int spins = 0; spins < 20'000; spins = spins * 2 + 1) {
        auto y = start(*rt, f);
        for (std::atomic<int> i{0}; i < spins; ++i) {
          // nop
        }
        y.cancel();
        auto r = y.get();
        auto ok = r || r.error().code == errc::cancelled;
        CHECK(ok);
      }
    }
    CHECK(drained(*rt));
    CHECK(counted::alive() == 0);
  }
}
