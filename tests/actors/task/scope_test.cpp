// Scopes: what they hold together, limit, gather and leave behind.
#include "actors/task/programs.hpp"

#include <numeric>
#include <stdexcept>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

TEST_CASE("a scope gathers in the order of branching", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      scope s{self};
      for (int i = 0; i < 6; ++i)
        s.branch(after, std::chrono::microseconds{(6 - i) * 100}, i);
      co_return co_await s.all();
    };
    CHECK(run(rt, f) == std::vector{0, 1, 2, 3, 4, 5});
  });
}

TEST_CASE("an empty scope has nothing to wait for", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<size_t> {
      scope s{self};
      co_await s.join();
      co_await s.room();
      auto none = co_await s.next<int>();
      std::vector<int> all = co_await s.all();
      co_return all.size() + (none ? 1 : 0) + s.live();
    };
    CHECK(run(rt, f) == 0);
  });
}

TEST_CASE("a scope gathers what has been done as well", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      scope s{self};
      auto h = s.branch(constant, 1);
      s.branch(constant, 2);
      co_await h;
      co_await self.sleep_for(200us);
      co_return co_await s.all();
    };
    CHECK(run(rt, f) == std::vector{1, 2});
  });
}

TEST_CASE("what was taken is not gathered again", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      scope s{self};
      auto h = s.branch(constant, 1);
      s.branch(constant, 2);
      co_await std::move(h);
      co_return co_await s.all();
    };
    CHECK(run(rt, f) == std::vector{2});
  });
}

TEST_CASE("a scope gives results as they come", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      scope s{self};
      s.branch(after, 9ms, 3);
      s.branch(after, 1ms, 1);
      s.branch(after, 5ms, 2);
      std::vector<int> out;
      while (auto x = co_await s.next<int>())
        out.push_back(*x);
      co_return out;
    };
    CHECK(run(rt, f) == std::vector{1, 2, 3});
  });
}

TEST_CASE("branches without results come as they are done", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope s{self};
      for (int i = 0; i < 4; ++i)
        s.branch(nothing);
      int n = 0;
      while (co_await s.next<void>())
        ++n;
      co_return n;
    };
    CHECK(run(rt, f) == 4);
  });
}

TEST_CASE("a scope gathers one type", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<std::string>> {
      scope s{self};
      s.branch(constant, 1);
      co_return co_await s.all();
    };
    CHECK(code(try_run(rt, f)) == errc::type_mismatch);
  });
}

TEST_CASE("branches of different types are joined", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope s{self};
      auto a = s.branch(constant, 1);
      auto b = s.branch([] { return std::string{"four"}; });
      s.branch(nothing);
      co_await s.join();
      auto text = co_await b;
      co_return co_await a + static_cast<int>(text.size());
    };
    CHECK(run(rt, f) == 5);
  });
}

TEST_CASE("one failure ends the gathering of all", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge g;
    auto f = [&g](context& self) -> task<std::vector<int>> {
      scope s{self};
      s.branch(visit, &g, 24h, 1);
      s.branch(fails_after, 1ms);
      s.branch(visit, &g, 24h, 2);
      co_return co_await s.all();
    };
    auto r = try_run(rt, f);
    CHECK(code(r) == errc::invalid_attribute);
    CHECK(g.inside == 0);
  });
}

TEST_CASE("joining lets the others finish", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge g;
    auto f = [&g](context& self) -> task<int> {
      scope s{self};
      s.branch(fails, std::string{"first"});
      s.branch(visit, &g, 300us, 1);
      co_await s.join();
      co_return 0;
    };
    auto r = try_run(rt, f);
    CHECK(code(r) == errc::invalid_attribute);
    CHECK(g.entered == 1);
  });
}

TEST_CASE("a failure that was seen is not thrown again", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope s{self};
      auto h = s.branch(fails, std::string{"seen"});
      s.branch(constant, 1);
      auto r = co_await settled(h);
      co_await s.join();
      co_return r ? 0 : 1;
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("next throws the error of a branch and goes on", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope s{self};
      s.branch(fails, std::string{"x"});
      s.branch(after, 1ms, 5);
      int errors = 0;
      int sum = 0;
      for (;;) {
        try {
          auto x = co_await s.next<int>();
          if (!x)
            break;
          sum += *x;
        } catch (const failure&) {
          ++errors;
        }
      }
      co_return 10 * errors + sum;
    };
    CHECK(run(rt, f) == 15);
  });
}

TEST_CASE("leaving a scope cancels and joins", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge g;
    auto f = [&g](context& self) -> task<int> {
      {
        scope s{self};
        for (int i = 0; i < 10; ++i)
          s.branch(visit, &g, 24h, i);
        co_await self.sleep_for(1ms);
      }
      co_return 1;
    };
    CHECK(run(rt, f) == 1);
    CHECK(g.inside == 0);
  });
}

TEST_CASE("leaving a scope cancels what has not begun", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge g;
    auto f = [&g](context& self) -> task<int> {
      scope s{self, at_most(1)};
      for (int i = 0; i < 100; ++i)
        s.branch(visit, &g, 24h, i);
      co_return 1;
    };
    CHECK(run(rt, f) == 1);
    CHECK(g.entered <= 1);
  });
}

TEST_CASE("an exception leaves a scope", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge g;
    auto f = [&g](context& self) -> task<int> {
      try {
        scope s{self};
        s.branch(visit, &g, 24h, 1);
        co_await self.sleep_for(500us);
        throw std::runtime_error{"x"};
      } catch (const std::runtime_error&) {
        co_return 2;
      }
    };
    CHECK(run(rt, f) == 2);
    CHECK(g.inside == 0);
  });
}

TEST_CASE("scopes nest", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope outer{self};
      auto a = outer.branch(after, 500us, 1);
      int sum = 0;
      for (int i = 0; i < 3; ++i) {
        scope inner{self, at_most(2)};
        for (int k = 0; k < 5; ++k)
          inner.branch(constant, k);
        std::vector<int> xs = co_await inner.all();
        sum += std::accumulate(xs.begin(), xs.end(), 0);
      }
      co_return sum + co_await a;
    };
    CHECK(run(rt, f) == 31);
  });
}

TEST_CASE("a scope of a call belongs to the branch that calls",
          "[task][scope]") {
  everywhere([](auto& rt) {
    gauge g;
    auto inner = [&g](context& self) -> task<void> {
      scope s{self};
      s.branch(visit, &g, 24h, 1);
      co_await self.sleep_for(300us);
    };
    auto f = [inner](context& self) -> task<int> {
      co_await inner(self);
      co_return 4;
    };
    CHECK(run(rt, f) == 4);
    CHECK(g.inside == 0);
  });
}

TEST_CASE("a cancelled scope takes no more", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge g;
    auto f = [&g](context& self) -> task<int> {
      scope s{self};
      s.branch(visit, &g, 24h, 1);
      s.cancel();
      auto h = s.branch(visit, &g, 24h, 2);
      auto r = co_await settled(h);
      co_await s.join();
      co_return static_cast<int>(r.error().code);
    };
    CHECK(run(rt, f) == static_cast<int>(errc::cancelled));
  });
}

TEST_CASE("only its owner waits for a scope", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope s{self};
      scope* p = &s;
      s.branch([p](context&) -> task<void> { co_await p->join(); }, keep_local);
      co_await s.join();
      co_return 1;
    };
    CHECK(code(try_run(rt, f)) == errc::circular_wait);
  });
}

TEST_CASE("branch_all branches for each element", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      scope s{self, at_most(3)};
      std::vector<int> xs{1, 2, 3, 4, 5};
      auto twice = [](int x, int k) { return k * x; };
      auto hs = s.branch_all(twice, xs, 2);
      auto first = co_await hs[4];
      auto all = std::vector<int>(co_await s.all());
      all.push_back(first);
      co_return all;
    };
    CHECK(run(rt, f) == std::vector{2, 4, 6, 8, 10, 10});
  });
}

TEST_CASE("branches borrow in a scope that is joined", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      std::vector<int> xs(100, 1);
      int left = 0;
      int right = 0;
      auto sum = [](const std::vector<int>& from, int& to, size_t a, size_t b) {
        for (auto i = a; i < b; ++i)
          to += from[i];
      };
      co_await with_scope(self, [&](joined_scope& s) -> task<void> {
        s.branch(sum, borrow(xs), borrow(left), size_t{0}, size_t{50});
        s.branch(sum, borrow(xs), borrow(right), size_t{50}, size_t{100});
        co_await s.join();
      });
      co_return left + right;
    };
    CHECK(run(rt, f) == 100);
  });
}

TEST_CASE("with_scope returns what its body returns", "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::string> {
      co_return co_await with_scope(self,
                                    [](joined_scope& s) -> task<std::string> {
                                      s.branch(forever);
                                      co_await s.branch(constant, 1);
                                      co_return "left";
                                    });
    };
    CHECK(run(rt, f) == "left");
  });
}

TEST_CASE("with_scope is through when its body throws", "[task][scope]") {
  everywhere([](auto& rt) {
    gauge g;
    auto f = [&g](context& self) -> task<int> {
      try {
        co_await with_scope(self, [&](joined_scope& s) -> task<void> {
          s.branch(visit, &g, 24h, 1);
          co_await s.branch(fails_after, 300us);
        });
      } catch (const failure&) {
        co_return g.inside == 0 ? 1 : 2;
      }
      co_return 0;
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("with_scope is through when it is cancelled", "[task][scope]") {
  everywhere([](auto& rt) {
    std::atomic<bool> through{false};
    auto body = [&](context& self) -> task<int> {
      gauge g;
      try {
        co_await with_scope(self, [&](joined_scope& s) -> task<void> {
          s.branch(visit, &g, 24h, 1);
          co_await s.join();
        });
      } catch (const failure&) {
        through = g.inside == 0;
        throw;
      }
      co_return 0;
    };
    auto r = try_run(rt, body, deadline(1ms));
    CHECK(code(r) == errc::deadline_exceeded);
    CHECK(through);
  });
}

TEST_CASE("locals of the body of with_scope cannot be borrowed",
          "[task][scope]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_await with_scope(self, [](joined_scope& s) -> task<void> {
        int local = 1;
        s.branch([](int& x) { ++x; }, borrow(local));
        co_await s.join();
      });
      co_return 0;
    };
    CHECK(code(try_run(rt, f)) == errc::dangling_borrow);
  });
}
