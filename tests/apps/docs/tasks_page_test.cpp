// Snippets of docs/tasks.md that no example holds: compiled and run here,
// compared with the page by snippets_test.cpp.

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/task/sim_tasks.hpp>
#include <morph/actors/task/tasks.hpp>

#include <catch2/catch.hpp>

#include <numeric>
#include <thread>

using namespace morph;
using namespace std::chrono_literals;

namespace {

task<int> fetch(context& self, int page) {
  co_await self.sleep_for(std::chrono::milliseconds{page});
  co_return page;
}

int store(int page) {
  return page;
}

// [limits]
task<std::vector<int>> copy(context& self, std::vector<int> pages) {
  scope s{self, at_most(5, fetch), at_most(1, store), deadline(1min)};
  auto fetched = s.branch_all(fetch, pages);
  for (auto& page : fetched)
    s.branch(store, co_await std::move(page)); // taken: not gathered below
  co_return co_await s.all();
}

// [/limits]

// [borrow]
task<double> sum_of(context& self, std::vector<double> xs) {
  double left = 0, right = 0;
  auto half = xs.size() / 2;
  auto add
    = [](const std::vector<double>& from, double& to, size_t i, size_t end) {
        for (; i < end; ++i)
          to += from[i];
      };
  co_await with_scope(self, [&](joined_scope& s) -> task<void> {
    s.branch(add, borrow(xs), borrow(left), size_t{0}, half);
    s.branch(add, borrow(xs), borrow(right), half, xs.size());
    co_await s.join();
  });
  co_return left + right;
}

// [/borrow]

task<int> unreachable(context& self) {
  co_await self.sleep_for(24h);
  co_return 0;
}

// [retry]
task<int> stubborn(context& self) {
  auto once = [](context& x) { return timeout(x, 2s, unreachable); };
  co_return co_await retry(self, policy{.tries = 4, .backoff = 3s}, once);
}

// [/retry]

// [cleanup]
task<int> tidy(context& self, std::atomic<bool>* closed) {
  auto body = [](context& x) { return unreachable(x); };
  auto close = [closed](context& x) -> task<void> {
    co_await x.sleep_for(1ms); // not interrupted: this is a clean-up
    *closed = true;
  };
  co_return co_await finally(self, body, close);
}

// [/cleanup]

} // namespace

TEST_CASE("docs/tasks.md: limits") {
  std::vector<int> pages(10);
  std::iota(pages.begin(), pages.end(), 0);
  sim_tasks sim{1};
  CHECK(run(sim, copy, pages) == pages);
}

TEST_CASE("docs/tasks.md: borrowing") {
  thread_runtime threads{2};
  CHECK(run(threads, sum_of, std::vector<double>(100, 0.5)) == 50);
}

TEST_CASE("docs/tasks.md: a test in virtual time") {
  // [sim]
  for (uint64_t seed = 0; seed < 100; ++seed) {
    sim_tasks sim{seed};
    auto r = try_run(sim, stubborn);
    CHECK(r.error().code == errc::deadline_exceeded);
    CHECK(sim.now().time_since_epoch() == 4 * 2s + 3s + 6s + 12s);
    CHECK(sim.counts().none());
  }
  // [/sim]
}

TEST_CASE("docs/tasks.md: cleaning up") {
  inline_runtime here;
  std::atomic<bool> closed{false};
  auto r = try_run(here, tidy, &closed, deadline(1ms));
  CHECK(r.error().code == errc::deadline_exceeded);
  CHECK(closed);
}

TEST_CASE("docs/tasks.md: a result from outside") {
  std::jthread other;
  auto later = [&other](std::function<void(int)> then) {
    other = std::jthread{[then] { then(6); }};
  };
  // [outside]
  auto ask = [&](context& self) -> task<int> {
    co_return co_await self.external<int>([&](completer<int> done) {
      later([done](int x) { done(x); }); // any thread, any time
    });
  };
  // [/outside]
  thread_runtime threads{1};
  CHECK(run(threads, ask) == 6);
}

TEST_CASE("docs/tasks.md: hopping") {
  thread_runtime threads{1};
  // [hop]
  inline_runtime here;
  auto f = [&](context& self) -> task<int> {
    auto before = self.branch(fetch, 2); // stays where it is
    co_await on(threads);                // this coroutine and what it branches
    auto there = co_await self.branch(fetch, 3);
    co_await on(here);
    co_return there + co_await before;
  };
  CHECK(run(here, f) == 5);
  // [/hop]
}
