// Several branches at once: handles gathered, races, retries, time limits.
#include "actors/task/programs.hpp"

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

/// Fails until it has been called often enough.
task<int> flaky(context& self, std::atomic<int>* calls, int good_at) {
  co_await self.yield();
  if (++*calls < good_at)
    throw failure{{errc::host_unreachable, "not yet"}};
  co_return calls->load();
}

} // namespace

TEST_CASE("all of a range of handles, in order", "[task][gather]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      std::vector<branch_handle<int>> hs;
      for (int i = 0; i < 4; ++i)
        hs.push_back(
          self.branch(after, std::chrono::microseconds{400 - 100 * i}, i));
      co_return co_await all(hs);
    };
    CHECK(run(rt, f) == std::vector{0, 1, 2, 3});
  });
}

TEST_CASE("all of one handle is its result", "[task][gather]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto h = self.branch(constant, 5);
      co_return co_await all(std::move(h));
    };
    CHECK(run(rt, f) == 5);
  });
}

TEST_CASE("all handles without results", "[task][gather]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      std::vector<branch_handle<void>> hs;
      for (int i = 0; i < 4; ++i)
        hs.push_back(self.branch(nothing));
      co_await all(std::move(hs));
      co_return 1;
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("all throws the first error in order", "[task][gather]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      std::vector<branch_handle<int>> hs;
      hs.push_back(self.branch(after, 300us, 1));
      hs.push_back(self.branch(fails, std::string{"second"}));
      hs.push_back(self.branch(fails, std::string{"third"}));
      co_return co_await all(hs);
    };
    auto r = try_run(rt, f);
    REQUIRE(!r);
    CHECK(r.error().message == "second");
  });
}

TEST_CASE("settled of a range", "[task][gather]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      std::vector<branch_handle<int>> hs;
      hs.push_back(self.branch(constant, 1));
      hs.push_back(self.branch(fails, std::string{"x"}));
      hs.push_back(self.branch(constant, 3));
      auto rs = co_await settled(hs);
      co_return *rs[0] + (rs[1] ? 0 : 10) + *rs[2];
    };
    CHECK(run(rt, f) == 14);
  });
}

TEST_CASE("next of a range, as they come", "[task][gather]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      std::vector<branch_handle<int>> hs;
      for (auto i : {3, 1, 2})
        hs.push_back(self.branch(after, std::chrono::milliseconds{3 * i}, i));
      std::vector<int> out;
      while (auto x = co_await next(hs))
        out.push_back(*x);
      co_return out;
    };
    CHECK(run(rt, f) == std::vector{1, 2, 3});
  });
}

TEST_CASE("next of one handle", "[task][gather]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto h = self.branch(constant, 4);
      auto a = co_await next(h);
      auto b = co_await next(h);
      co_return *a + (b ? 100 : 0);
    };
    CHECK(run(rt, f) == 4);
  });
}

TEST_CASE("the fastest wins a race", "[task][combinator]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto fast = [](context& x) { return after(x, 300us, 1); };
      co_return co_await race(self, forever, fast, forever);
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("losers are gone when a race is over", "[task][combinator]") {
  everywhere([](auto& rt) {
    gauge g;
    auto slow = [&g](context& self) -> task<int> {
      inside_gauge in{g};
      co_return co_await forever(self);
    };
    auto f = [&](context& self) -> task<int> {
      auto fast = [](context& x) { return after(x, 1ms, 1); };
      co_await race(self, slow, fast, slow);
      co_return g.inside.load();
    };
    CHECK(run(rt, f) == 0);
  });
}

TEST_CASE("a failure decides a race", "[task][combinator]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto bad = [](context& x) { return fails_after(x, 300us); };
      co_return co_await race(self, forever, bad);
    };
    CHECK(code(try_run(rt, f)) == errc::invalid_attribute);
  });
}

TEST_CASE("a race without results", "[task][combinator]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto slow = [](context& x) -> task<void> { co_await x.sleep_for(24h); };
      co_await race(self, slow, nothing);
      co_return 1;
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("first_of ignores who fails", "[task][combinator]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto bad = [](context& x) { return fails(x, "bad"); };
      auto good = [](context& x) { return after(x, 1ms, 3); };
      co_return co_await first_of(self, bad, good, forever);
    };
    CHECK(run(rt, f) == 3);
  });
}

TEST_CASE("first_of fails if all do", "[task][combinator]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto a = [](context& x) { return fails(x, "a"); };
      auto b = [](context& x) { return fails_after(x, 1ms); };
      co_return co_await first_of(self, a, b);
    };
    auto r = try_run(rt, f);
    REQUIRE(!r);
    CHECK(r.error().message == "late");
  });
}

TEST_CASE("a time limit that is met", "[task][combinator]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_return co_await timeout(self, 1h, after, 200us, 4);
    };
    CHECK(run(rt, f) == 4);
  });
}

TEST_CASE("a time limit that is not met", "[task][combinator]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_return co_await timeout(self, 1ms, forever);
    };
    CHECK(code(try_run(rt, f)) == errc::deadline_exceeded);
  });
}

TEST_CASE("a retry succeeds", "[task][combinator]") {
  everywhere([](auto& rt) {
    std::atomic<int> calls{0};
    auto f = [&calls](context& self) -> task<int> {
      co_return co_await retry(self, policy{.tries = 5}, flaky, &calls, 3);
    };
    CHECK(run(rt, f) == 3);
  });
}

TEST_CASE("a retry gives up", "[task][combinator]") {
  everywhere([](auto& rt) {
    std::atomic<int> calls{0};
    auto f = [&calls](context& self) -> task<int> {
      co_return co_await retry(self, policy{.tries = 4}, flaky, &calls, 9);
    };
    auto r = try_run(rt, f);
    REQUIRE(code(r) == errc::host_unreachable);
    CHECK(r.error().message == "not yet (try 4 of 4)");
    CHECK(calls == 4);
  });
}

TEST_CASE("a retry backs off", "[task][combinator]") {
  sim_tasks sim{1};
  std::atomic<int> calls{0};
  auto f = [&calls](context& self) -> task<int> {
    policy p{.tries = 6, .backoff = 1s, .longest = 5s};
    co_return co_await retry(self, p, flaky, &calls, 9);
  };
  CHECK(code(try_run(sim, f)) == errc::host_unreachable);
  CHECK(sim.now().time_since_epoch() == 1s + 2s + 4s + 5s + 5s);
}

TEST_CASE("thirty virtual seconds take no time", "[task][combinator]") {
  auto start = now_ns();
  sim_tasks sim{1};
  auto f = [](context& self) -> task<int> {
    policy p{.tries = 6, .backoff = 1s, .longest = 5s};
    auto once = [](context& x) { return timeout(x, 2s, forever); };
    co_return co_await retry(self, p, once);
  };
  CHECK(code(try_run(sim, f)) == errc::deadline_exceeded);
  CHECK(sim.now().time_since_epoch() == 17s + 12s);
  CHECK(now_ns() - start < 10'000'000);
}

TEST_CASE("a cancelled retry is not tried again", "[task][combinator]") {
  everywhere([](auto& rt) {
    std::atomic<int> calls{0};
    auto slow = [&calls](context& self) -> task<int> {
      ++calls;
      co_return co_await forever(self);
    };
    auto f = [slow](context& self) -> task<int> {
      co_return co_await retry(self, policy{.tries = 100}, slow);
    };
    CHECK(code(try_run(rt, f, deadline(1ms))) == errc::deadline_exceeded);
    CHECK(calls <= 1);
  });
}

TEST_CASE("retries, races and limits nest", "[task][combinator]") {
  everywhere([](auto& rt) {
    std::atomic<int> calls{0};
    auto f = [&calls](context& self) -> task<int> {
      auto tries = [&calls](context& x) {
        return retry(x, policy{.tries = 5, .backoff = 50us}, flaky, &calls, 3);
      };
      auto raced = [tries](context& x) -> task<int> {
        co_return co_await race(x, forever, tries);
      };
      co_return co_await timeout(self, 1h, raced);
    };
    CHECK(run(rt, f) == 3);
  });
}
