// Limits of scopes: how many branches at a time, how many in all, how long.
#include "actors/task/programs.hpp"

#include <numeric>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

task<int> fetch(context& self, gauge* g) {
  inside_gauge in{*g};
  co_await self.sleep_for(50us);
  co_return 1;
}

task<int> store(context& self, gauge* g) {
  inside_gauge in{*g};
  co_await self.sleep_for(50us);
  co_return 2;
}

task<int> grow(context& self) {
  scope s{self, bounded(3)};
  for (int i = 0; i < 10; ++i)
    s.branch(forever);
  co_return 0;
}

task<int> endless(context& self) {
  co_return co_await self.branch(endless);
}

} // namespace

TEST_CASE("at most so many at a time", "[task][scope]") {
  for (int limit : {1, 2, 5})
    everywhere([limit](auto& rt) {
      gauge g;
      auto f = [&g, limit](context& self) -> task<size_t> {
        scope s{self, at_most(static_cast<size_t>(limit))};
        for (int i = 0; i < 25; ++i)
          s.branch(visit, &g, 50us, i);
        std::vector<int> xs = co_await s.all();
        co_return xs.size();
      };
      CHECK(run(rt, f) == 25);
      CHECK(g.most <= limit);
      CHECK(g.most == limit);
    });
}

TEST_CASE("at most five of these and one of those", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge fetching;
    gauge storing;
    auto f = [&](context& self) -> task<int> {
      scope s{self, at_most(5, fetch), at_most(1, store), at_most(8)};
      for (int i = 0; i < 30; ++i) {
        s.branch(fetch, &fetching);
        s.branch(store, &storing);
      }
      std::vector<int> xs = co_await s.all();
      co_return std::accumulate(xs.begin(), xs.end(), 0);
    };
    CHECK(run(rt, f) == 90);
    CHECK(fetching.most == 5);
    CHECK(storing.most == 1);
  });
}

TEST_CASE("a limit of all holds over those of functions", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge both;
    auto f = [&](context& self) -> task<int> {
      scope s{self, at_most(5, fetch), at_most(4, store), at_most(3)};
      for (int i = 0; i < 20; ++i) {
        s.branch(fetch, &both);
        s.branch(store, &both);
      }
      co_await s.join();
      co_return both.entered.load();
    };
    CHECK(run(rt, f) == 40);
    CHECK(both.most == 3);
  });
}

TEST_CASE("a failed branch makes room", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope s{self, at_most(1)};
      auto a = s.branch(fails, std::string{"x"});
      auto b = s.branch(constant, 3);
      auto r = co_await settled(a);
      co_return (r ? 0 : 10) + co_await b;
    };
    CHECK(run(rt, f) == 13);
  });
}

TEST_CASE("higher priorities start first", "[task][scope]") {
  everywhere([](auto& rt) {
    std::vector<int> order;
    auto note = [&order](int x) { order.push_back(x); };
    auto f = [note](context& self) -> task<void> {
      scope s{self, at_most(1)};
      s.branch(note, 0);
      s.branch(note, 1);
      s.branch(note, 2, priority(5));
      s.branch(note, 3, priority(9));
      s.branch(note, 4, priority(5));
      co_await s.join();
    };
    run(rt, f);
    CHECK(order == std::vector{0, 3, 2, 4, 1});
  });
}

TEST_CASE("waiting for room keeps a loop flat", "[task][scope]") {
  everywhere([](auto& rt) {
    size_t most = 0;
    auto f = [&most](context& self) -> task<int> {
      scope s{self, at_most(4)};
      for (int i = 0; i < 200; ++i) {
        co_await s.room();
        s.branch(constant, i);
        most = std::max(most, s.live());
      }
      co_await s.join();
      co_return 1;
    };
    CHECK(run(rt, f) == 1);
    CHECK(most <= 4);
  });
}

TEST_CASE("a scope bounds its branches", "[task][scope]") {
  everywhere([](auto& rt) {
    auto r = try_run(rt, grow);
    REQUIRE(code(r) == errc::too_many_branches);
    CHECK(r.error().message.find("scope_limits_test.cpp:")
          != std::string::npos);
    CHECK(to_string(r.error().where).find("scope_limits_test.cpp:") == 0);
  });
}

TEST_CASE("a recursion without end is ended", "[task][scope]") {
  everywhere([](auto& rt) {
    rt.bound_branches(2000);
    auto r = try_run(rt, endless);
    REQUIRE(code(r) == errc::too_many_branches);
    CHECK(to_string(r.error().where).find("scope_limits_test.cpp:") == 0);
  });
}

TEST_CASE("the deadline of a scope ends its branches", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      scope s{self, deadline(2ms)};
      s.branch(constant, 1);
      s.branch(forever);
      co_return co_await s.all();
    };
    auto r = try_run(rt, f);
    REQUIRE(code(r) == errc::deadline_exceeded);
    CHECK(r.error().message.find("scope_limits_test.cpp:")
          != std::string::npos);
  });
}

TEST_CASE("a deadline that is met leaves no timer", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      scope s{self, deadline(24h)};
      s.branch(constant, 1);
      co_return co_await s.all();
    };
    CHECK(run(rt, f) == std::vector{1});
  });
}

TEST_CASE("deadlines are inherited, the earliest counts", "[task][scope]") {
  everywhere([](auto& rt) {
    auto left = [](context& self) { return *self.deadline() - self.now(); };
    auto f = [left](context& self) -> task<bool> {
      scope s{self, deadline(1h)};
      auto a = s.branch(left);
      auto b = s.branch(left, deadline(10h));
      auto c = s.branch(left, deadline(1min));
      auto x = co_await a;
      auto y = co_await b;
      auto z = co_await c;
      co_return x <= 1h && y <= 1h && z <= 1min && x > 50min && z > 50s;
    };
    CHECK(run(rt, f));
  });
}

TEST_CASE("a deadline of one branch spares the others", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto a = self.branch(forever, deadline(1ms));
      auto b = self.branch(after, 3ms, 8);
      auto r = co_await settled(a);
      co_return r.error().code == errc::deadline_exceeded ? co_await b : 0;
    };
    CHECK(run(rt, f) == 8);
  });
}

TEST_CASE("a limit of nothing is refused", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope s{self, at_most(0)};
      co_return 0;
    };
    CHECK(code(try_run(rt, f)) == errc::invalid_attribute);
  });
}
