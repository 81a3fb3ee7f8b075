// Where runtimes differ, and what they say when they cannot go on.
#include "actors/task/programs.hpp"

#include <set>
#include <thread>
#include <tuple>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

/// A server that answers what its client asks.
struct channel {
  std::optional<completer<int>> question;
  std::optional<completer<int>> answer;
};

task<int> noisy(context& self, int depth) {
  if (depth == 0) {
    co_await self.sleep_for(1us);
    co_return 1;
  }
  scope s{self, at_most(3)};
  for (int i = 0; i < 4; ++i)
    s.branch(noisy, depth - 1);
  int sum = 0;
  while (auto x = co_await s.next<int>())
    sum = 7 * sum % 1000 + *x;
  co_return sum;
}

/// Waits for the handle that it finds in a slot.
task<int> waits_for(context& self, std::vector<branch_handle<int>>* slots,
                    size_t i) {
  co_await self.yield();
  co_return co_await (*slots)[i];
}

} // namespace

TEST_CASE("the existing runtimes run tasks", "[task][runtime]") {
  inline_runtime here;
  CHECK(run(here, constant, 1) == 1);
  thread_runtime threads{2};
  CHECK(run(threads, constant, 2) == 2);
  CHECK(start(threads, after, 1ms, 3).get().value() == 3);
  CHECK(threads.tasks().name() == "threads");
}

TEST_CASE("a system of somebody else runs tasks", "[task][runtime]") {
  thread_runtime owner{1};
  {
    thread_runtime guest{owner.system()};
    CHECK(run(guest, after, 100us, 2) == 2);
    (void)start(guest, forever);
  }
  CHECK(owner.system().registry().running() == 0);
}

TEST_CASE("inline says what is pending when it stalls", "[task][runtime]") {
  inline_tasks rt;
  auto f = [](context& self) -> task<int> {
    // A scope that is full, waiting for what only a later branch would do.
    scope s{self, at_most(1)};
    auto slots = std::make_shared<std::vector<branch_handle<int>>>(1);
    s.branch([slots](context&) -> task<int> { co_return co_await (*slots)[0]; },
             named("first"));
    (*slots)[0] = s.branch(constant, 1, named("second"));
    std::vector<int> xs = co_await s.all();
    co_return xs[0];
  };
  auto r = try_run(rt, f, named("main"));
  REQUIRE(code(r) == errc::stalled);
  CHECK_THAT(r.error().message, Contains("'first'"));
  CHECK_THAT(r.error().message, Contains("waits for 'second'"));
  CHECK_THAT(r.error().message,
             Contains("waits for a place within the limits"));
  CHECK(rt.counts().none());
}

TEST_CASE("a stalled task may clean up", "[task][runtime]") {
  inline_tasks rt;
  bool cleaned = false;
  auto f = [&cleaned](context& self) -> task<int> {
    auto stuck = [](context& x) -> task<int> {
      scope s{x, at_most(1)};
      auto slot = std::make_shared<branch_handle<int>>();
      s.branch([slot](context&) -> task<int> { co_return co_await *slot; });
      *slot = s.branch(constant, 1);
      co_await s.join();
      co_return 0;
    };
    auto clean = [&cleaned](context& x) -> task<void> {
      co_await x.sleep_for(100us);
      cleaned = true;
    };
    co_return co_await finally(self, stuck, clean);
  };
  CHECK(code(try_run(rt, f)) == errc::stalled);
  CHECK(cleaned);
  CHECK(rt.counts().none());
}

TEST_CASE("sim tells what is pending and cancels nothing", "[task][runtime]") {
  sim_tasks sim{1};
  auto f = [](context& self) -> task<int> {
    scope s{self, at_most(1)};
    auto slot = std::make_shared<branch_handle<int>>();
    s.branch([slot](context&) -> task<int> { co_return co_await *slot; },
             named("waiter"));
    *slot = s.branch(constant, 1);
    co_await s.join();
    co_return 0;
  };
  auto x = start(sim, f, named("root"));
  auto pending = sim.run_until_stalled();
  REQUIRE(pending.size() == 3);
  CHECK(pending[0].name == "root");
  CHECK_THAT(pending[0].waits_for, Contains("2 branches"));
  CHECK(!x.done());
  x.cancel();
  CHECK(sim.run_until_stalled().empty());
  CHECK(code(x.get()) == errc::cancelled);
}

TEST_CASE("equal seeds do equal things", "[task][runtime]") {
  auto of = [](uint64_t seed) {
    sim_tasks sim{seed};
    auto r = run(sim, noisy, 4);
    return std::tuple{r, sim.steps(), sim.fingerprint(),
                      sim.now().time_since_epoch().count()};
  };
  std::set<uint64_t> seen;
  for (uint64_t seed = 0; seed < 20; ++seed) {
    CHECK(of(seed) == of(seed));
    seen.insert(std::get<2>(of(seed)));
  }
  CHECK(seen.size() == 20);
}

TEST_CASE("a server and its client need concurrency", "[task][runtime]") {
  for (auto& x : places()) {
    INFO("on " << x.name);
    auto rt = x.make();
    auto f = [](context& self) -> task<int> {
      auto wire = std::make_shared<channel>();
      // The server waits for a question; the client asks and waits for the
      // answer.
      auto server = [wire](context& me) -> task<int> {
        auto q = co_await me.external<int>(
          [wire](completer<int> x) { wire->question.emplace(std::move(x)); });
        wire->answer->complete(q * q);
        co_return q;
      };
      auto s = self.concurrent(server, keep_local);
      auto a = co_await self.external<int>([wire](completer<int> x) {
        wire->answer.emplace(std::move(x));
        if (wire->question)
          wire->question->complete(7);
      });
      co_return a;
    };
    if (rt->overlaps())
      continue;
    auto r = try_run(*rt, f);
    REQUIRE(code(r) == errc::needs_concurrency);
    CHECK_THAT(r.error().node, Contains("runtime_test.cpp:"));
  }
}

TEST_CASE("concurrent branches overlap", "[task][runtime]") {
  everywhere([](auto& rt) {
    auto meets = [](context& self, gauge* g) -> task<int> {
      inside_gauge in{*g};
      while (g->most < 2)
        co_await self.sleep_for(20us);
      co_return 1;
    };
    gauge g;
    auto f = [&](context& self) -> task<int> {
      auto a = self.concurrent(meets, &g);
      auto b = self.concurrent(meets, &g);
      co_return co_await a + co_await b;
    };
    if (rt.overlaps())
      CHECK(run(rt, f) == 2);
    else
      CHECK(code(try_run(rt, f)) == errc::needs_concurrency);
  });
}

TEST_CASE("a branch that waits for itself", "[task][runtime]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      std::vector<branch_handle<int>> slots(1);
      slots[0] = self.branch(waits_for, &slots, size_t{0}, named("narcissus"),
                             keep_local);
      co_return co_await slots[0];
    };
    auto r = try_run(rt, f);
    REQUIRE(code(r) == errc::circular_wait);
    CHECK_THAT(r.error().message, Contains("'narcissus' waits for itself"));
  });
}

TEST_CASE("branches that wait for each other", "[task][runtime]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      std::vector<branch_handle<int>> slots(3);
      slots[0]
        = self.branch(waits_for, &slots, size_t{1}, named("a"), keep_local);
      slots[1]
        = self.branch(waits_for, &slots, size_t{2}, named("b"), keep_local);
      slots[2]
        = self.branch(waits_for, &slots, size_t{0}, named("c"), keep_local);
      auto rs = co_await settled(slots);
      int circles = 0;
      for (auto& r : rs)
        if (r.error().code == errc::circular_wait) {
          ++circles;
          for (auto name : {"'a'", "'b'", "'c'"})
            if (r.error().message.find(name) == std::string::npos)
              co_return -1;
        }
      co_return circles;
    };
    // The others fail with what they wait for.
    CHECK(run(rt, f) == 3);
  });
}

TEST_CASE("a branch that waits for its owner", "[task][runtime]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      std::vector<branch_handle<int>> slots(1);
      auto child
        = [](context& me, std::vector<branch_handle<int>>* xs) -> task<int> {
        co_return co_await me.branch(waits_for, xs, size_t{0}, named("leaf"),
                                     keep_local);
      };
      slots[0] = self.branch(child, &slots, named("owner"), keep_local);
      co_return co_await slots[0];
    };
    auto r = try_run(rt, f);
    REQUIRE(code(r) == errc::circular_wait);
    CHECK_THAT(r.error().message, Contains("'leaf' waits for 'owner'"));
  });
}

TEST_CASE("a task does not block the runtime that it is on",
          "[task][runtime]") {
  everywhere([](auto& rt) {
    auto f = [&rt](context&) -> task<int> { co_return run(rt, constant, 1); };
    CHECK(code(try_run(rt, f)) == errc::needs_concurrency);
  });
}

TEST_CASE("a task hops to another runtime and back", "[task][runtime]") {
  for (auto& x : places())
    for (auto& y : places()) {
      INFO("from " << x.name << " to " << y.name);
      auto home = x.make();
      auto other = y.make();
      auto f = [&](context& self) -> task<int> {
        auto before = self.branch(after, 200us, 1);
        co_await on(*other);
        CHECK(&self.runtime() == other.get());
        auto there = self.branch(after, 100us, 2);
        auto a = co_await there;
        auto b = co_await before;
        auto left_there = self.branch(after, 200us, 4);
        co_await on(*home);
        CHECK(&self.runtime() == home.get());
        co_await self.sleep_for(50us);
        co_return a + b + co_await left_there;
      };
      CHECK(run(*home, f) == 7);
      CHECK(drained(*home));
      CHECK(drained(*other));
    }
}

TEST_CASE("a task that is away is cancelled", "[task][runtime]") {
  for (auto& x : places())
    for (auto& y : places()) {
      INFO("from " << x.name << " to " << y.name);
      auto home = x.make();
      auto other = y.make();
      auto f = [&](context& self) -> task<int> {
        co_await on(*other);
        self.branch(after, 100us, 1);
        co_await self.sleep_for(3ms);
        co_return co_await self.external<int>([](completer<int>) {});
      };
      auto r = try_run(*home, f, deadline(1ms));
      CHECK(!r);
      CHECK(drained(*home));
      CHECK(drained(*other));
    }
}

TEST_CASE("a callback of another thread is waited for", "[task][runtime]") {
  where_threads_may_meet([](auto& rt) {
    std::thread other;
    auto f = [&other](context& self) -> task<int> {
      co_return co_await self.external<int>([&other](completer<int> done) {
        other = std::thread{[done] { done(11); }};
      });
    };
    CHECK(run(rt, f) == 11);
    other.join();
  });
}

TEST_CASE("memory of a recursion is bounded by its depth", "[task][runtime]") {
  inline_tasks rt;
  int64_t most = 0;
  std::function<task<int>(context&, int)> f
    = [&](context& self, int depth) -> task<int> {
    most = std::max(most, rt.counts().branches);
    if (depth == 0)
      co_return 1;
    scope s{self};
    for (int i = 0; i < 4; ++i)
      s.branch(std::ref(f), depth - 1);
    std::vector<int> xs = co_await s.all();
    co_return xs[0] + xs[1] + xs[2] + xs[3];
  };
  CHECK(run(rt, std::ref(f), 6) == 4096);
  CHECK(most <= 6 * 4 + 1);
}
