// What goes wrong in a branch, in every position.
#include "actors/task/programs.hpp"

#include <stdexcept>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

struct odd {};

task<int> awaits(context& self, std::string text) {
  co_return co_await self.branch(fails, text) + 1;
}

task<int> deep(context& self, int n) {
  if (n == 0)
    co_return co_await self.branch(fails, std::string{"deep"});
  co_return co_await self.branch(deep, n - 1);
}

} // namespace

TEST_CASE("what a task throws is its error", "[task]") {
  everywhere([](auto& rt) {
    auto r = try_run(rt, fails, std::string{"nine"});
    REQUIRE(code(r) == errc::invalid_attribute);
    CHECK(r.error().message == "nine");
    CHECK(to_string(r.error().where).find("failure_test") == 0);
  });
}

TEST_CASE("run throws what a task fails with", "[task]") {
  everywhere([](auto& rt) {
    CHECK_THROWS_AS(run(rt, fails, std::string{"x"}), failure);
  });
}

TEST_CASE("any exception becomes an error", "[task]") {
  everywhere([](auto& rt) {
    auto a = []() -> task<int> {
      throw std::runtime_error{"text"};
      co_return 1;
    };
    auto r = try_run(rt, a);
    REQUIRE(code(r) == errc::node_failed);
    CHECK(r.error().message == "text");
    auto b = []() -> int { throw odd{}; };
    CHECK(code(try_run(rt, b)) == errc::node_failed);
  });
}

TEST_CASE("awaiting a failed branch throws its error", "[task]") {
  everywhere([](auto& rt) {
    auto r = try_run(rt, awaits, std::string{"inner"});
    REQUIRE(code(r) == errc::invalid_attribute);
    CHECK(r.error().message == "inner");
  });
}

TEST_CASE("an error passes many levels", "[task]") {
  everywhere([](auto& rt) {
    auto r = try_run(rt, deep, 50);
    REQUIRE(code(r) == errc::invalid_attribute);
    CHECK(r.error().message == "deep");
  });
}

TEST_CASE("a failed branch can be caught", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto h = self.branch(fails, std::string{"x"});
      try {
        co_return co_await h;
      } catch (const failure& e) {
        co_return static_cast<int>(e.code());
      }
    };
    CHECK(run(rt, f) == 108);
  });
}

TEST_CASE("a failed branch can be looked at", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::string> {
      auto a = self.branch(fails, std::string{"x"});
      auto b = self.branch(constant, 2);
      auto x = co_await settled(a);
      auto y = co_await settled(b);
      co_return x.error().message + std::to_string(*y);
    };
    CHECK(run(rt, f) == "x2");
  });
}

TEST_CASE("a failure that nobody awaits fails nobody", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      self.branch(fails, std::string{"x"});
      co_await self.sleep_for(200us);
      co_return 1;
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("a task that throws cancels what it has branched", "[task]") {
  everywhere([](auto& rt) {
    gauge g;
    auto inner = [&g](context& self) -> task<int> {
      inside_gauge in{g};
      co_return co_await forever(self);
    };
    auto f = [inner](context& self) -> task<int> {
      self.branch(inner);
      self.branch(inner);
      co_await self.sleep_for(500us);
      throw std::runtime_error{"outer"};
      co_return 0;
    };
    auto r = try_run(rt, f);
    CHECK(code(r) == errc::node_failed);
    CHECK(g.inside == 0);
  });
}

TEST_CASE("an exception before the first suspension", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto h = self.branch([](context&) -> task<int> {
        throw std::runtime_error{"early"};
        co_return 0;
      });
      auto r = co_await settled(h);
      co_return r ? 0 : 1;
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("an exception of the last destructor's scope", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      scope s{self};
      s.branch(forever);
      throw std::runtime_error{"in scope"};
      co_return 0;
    };
    CHECK(code(try_run(rt, f)) == errc::node_failed);
  });
}

TEST_CASE("an exception while an argument is copied", "[task]") {
  struct picky {
    picky() = default;

    picky(const picky&) {
      throw std::runtime_error{"not copied"};
    }
  };

  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      picky x;
      self.branch([](const picky&) { return 1; }, x);
      co_return 0;
    };
    CHECK(code(try_run(rt, f)) == errc::node_failed);
  });
}

TEST_CASE("an empty handle cannot be awaited", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context&) -> task<int> {
      branch_handle<int> h;
      co_return co_await h;
    };
    CHECK(code(try_run(rt, f)) == errc::no_result);
  });
}

TEST_CASE("a result is taken once", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto h = self.branch(constant, 1);
      auto copy = h;
      co_await std::move(h);
      co_return co_await copy;
    };
    CHECK(code(try_run(rt, f)) == errc::no_result);
  });
}

TEST_CASE("a task is awaited once", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto t = constant(self, 1);
      auto u = std::move(t);
      co_await std::move(u);
      co_return co_await std::move(t);
    };
    CHECK(code(try_run(rt, f)) == errc::no_result);
  });
}

TEST_CASE("a task that is never awaited does nothing", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto t = fails(self, "never");
      co_return 3;
    };
    CHECK(run(rt, f) == 3);
  });
}

TEST_CASE("a handle may be dropped while it is awaited", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      std::vector<branch_handle<int>> hs;
      hs.push_back(self.branch(after, 500us, 4));
      auto drop = self.branch([p = &hs] { p->clear(); }, keep_local);
      co_return co_await hs[0];
    };
    CHECK(run(rt, f) == 4);
  });
}

TEST_CASE("an unknown host is refused", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_return co_await self.branch(constant, 1, pin("mars"));
    };
    auto r = try_run(rt, f);
    REQUIRE(code(r) == errc::unknown_host);
    CHECK(r.error().message.find("mars") != std::string::npos);
    CHECK(r.error().where.line > 0);
  });
}

TEST_CASE("a pin to the own host is kept", "[task]") {
  everywhere([](auto& rt) {
    auto f = [&rt](context& self) -> task<int> {
      co_return co_await self.branch(constant, 1, pin(rt.name()));
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("hints do not change results", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto a = self.branch(constant, 1, keep_local);
      auto b = self.branch(constant, 2, spread);
      auto c = self.branch(constant, 3, morph::cache, morph::priority(2));
      auto d = self.branch(constant, 4, deadline(1h));
      co_return co_await a + co_await b + co_await c + co_await d;
    };
    CHECK(run(rt, f) == 10);
  });
}
