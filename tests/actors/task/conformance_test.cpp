// What every runtime does alike: calling, branching, awaiting.
#include "actors/task/programs.hpp"

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <utility>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

task<long> fib(context& self, long n) {
  if (n < 2)
    co_return n;
  auto a = self.branch(fib, n - 1);
  auto b = self.branch(fib, n - 2, keep_local);
  co_return co_await a + co_await b;
}

task<int> chain(context& self, int n) {
  if (n == 0)
    co_return 0;
  co_return 1 + co_await self.branch(chain, n - 1);
}

task<int> calls(context& self, int n) {
  if (n == 0)
    co_return 0;
  co_return 1 + co_await calls(self, n - 1);
}

task<int> ackermann(context& self, int m, int n) {
  if (m == 0)
    co_return n + 1;
  if (n == 0)
    co_return co_await self.branch(ackermann, m - 1, 1);
  auto inner = co_await self.branch(ackermann, m, n - 1);
  co_return co_await self.branch(ackermann, m - 1, inner);
}

long square(long x) {
  return x * x;
}

long depth_of(context& self) {
  return static_cast<long>(self.depth());
}

} // namespace

TEST_CASE("a task runs and gives its result", "[task]") {
  everywhere([](auto& rt) { CHECK(run(rt, constant, 7) == 7); });
}

TEST_CASE("a task without a result runs", "[task]") {
  everywhere([](auto& rt) { run(rt, nothing); });
}

TEST_CASE("a plain function runs as a task", "[task]") {
  everywhere([](auto& rt) { CHECK(run(rt, square, 7L) == 49); });
}

TEST_CASE("a plain function may look at its context", "[task]") {
  everywhere([](auto& rt) { CHECK(run(rt, depth_of) == 0); });
}

TEST_CASE("a lambda with state runs as a task", "[task]") {
  everywhere([](auto& rt) {
    auto text = std::string(100, 'x');
    auto f = [text](context& self) -> task<size_t> {
      co_await self.yield();
      co_return text.size();
    };
    CHECK(run(rt, f) == 100);
  });
}

TEST_CASE("a coroutine without a context runs as a task", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](int x) -> task<int> { co_return x + 1; };
    CHECK(run(rt, f, 1) == 2);
  });
}

TEST_CASE("branches recurse", "[task]") {
  everywhere([](auto& rt) { CHECK(run(rt, fib, 12L) == 144); });
}

TEST_CASE("branches recurse irregularly", "[task]") {
  everywhere([](auto& rt) { CHECK(run(rt, ackermann, 2, 3) == 9); });
}

TEST_CASE("a deep chain of branches needs no stack", "[task]") {
  everywhere([](auto& rt) { CHECK(run(rt, chain, 20000) == 20000); });
}

TEST_CASE("a deep chain of calls needs no stack", "[task]") {
  everywhere([](auto& rt) { CHECK(run(rt, calls, 20000) == 20000); });
}

TEST_CASE("a call belongs to the branch that calls", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<bool> {
      auto inner = [](context& x, context* outer) -> task<bool> {
        co_await x.yield();
        co_return &x == outer;
      };
      co_return co_await inner(self, &self);
    };
    CHECK(run(rt, f));
  });
}

TEST_CASE("an exception of a call is caught with its type", "[task]") {
  everywhere([](auto& rt) {
    auto inner = [](context& self) -> task<int> {
      co_await self.yield();
      throw std::out_of_range{"inner"};
      co_return 0;
    };
    auto f = [inner](context& self) -> task<std::string> {
      try {
        co_await inner(self);
      } catch (const std::out_of_range& e) {
        co_return e.what();
      }
      co_return "nothing";
    };
    CHECK(run(rt, f) == "inner");
  });
}

TEST_CASE("a branch's results come in any order of awaiting", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto a = self.branch(after, 300us, 1);
      auto b = self.branch(after, 100us, 20);
      auto c = self.branch(after, 200us, 300);
      auto x = co_await c;
      auto y = co_await a;
      co_return x + y + co_await b;
    };
    CHECK(run(rt, f) == 321);
  });
}

TEST_CASE("a result stays in its handle", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto a = self.branch(constant, 4);
      auto& x = co_await a;
      auto& y = co_await a;
      co_return &x == &y ? x + y : -1;
    };
    CHECK(run(rt, f) == 8);
  });
}

TEST_CASE("a result that cannot be copied is moved out", "[task]") {
  everywhere([](auto& rt) {
    auto make = [](context& self, int x) -> task<std::unique_ptr<int>> {
      co_await self.yield();
      co_return std::make_unique<int>(x);
    };
    auto f = [make](context& self) -> task<int> {
      auto p = co_await self.branch(make, 3);
      auto h = self.branch(make, 4);
      auto q = co_await std::move(h);
      co_return *p** q;
    };
    CHECK(run(rt, f) == 12);
  });
}

TEST_CASE("an argument that cannot be copied is moved in", "[task]") {
  everywhere([](auto& rt) {
    auto take
      = [](context&, std::unique_ptr<int> x) -> task<int> { co_return *x; };
    auto f = [take](context& self) -> task<int> {
      co_return co_await self.branch(take, std::make_unique<int>(9));
    };
    CHECK(run(rt, f) == 9);
  });
}

TEST_CASE("a branch owns its arguments", "[task]") {
  everywhere([](auto& rt) {
    auto length = [](context& self, const std::string& x) -> task<size_t> {
      co_await self.sleep_for(100us);
      co_return x.size();
    };
    auto f = [length](context& self) -> task<size_t> {
      branch_handle<size_t> h;
      {
        std::string text(1000, 'y');
        h = self.branch(length, text);
        text.assign("gone");
      }
      co_return co_await h;
    };
    CHECK(run(rt, f) == 1000);
  });
}

TEST_CASE("arguments and results are gone with the task", "[task]") {
  everywhere([](auto& rt) {
    auto pass = [](context& self, counted x) -> task<counted> {
      co_await self.yield();
      co_return x;
    };
    auto f = [pass](context& self, counted x) -> task<int> {
      auto a = self.branch(pass, x);
      auto b = self.branch(pass, x);
      auto c = self.branch(pass, x);
      co_await a;
      auto taken = co_await std::move(b);
      co_return 1;
    };
    run(rt, f, counted{});
    CHECK(drained(rt));
    CHECK(counted::alive() == 0);
  });
}

TEST_CASE("many branches of one task", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<long> {
      std::vector<branch_handle<long>> hs;
      for (long i = 0; i < 500; ++i)
        hs.push_back(self.branch(square, i));
      long sum = 0;
      for (auto& h : hs)
        sum += co_await h;
      co_return sum;
    };
    CHECK(run(rt, f) == 41541750);
  });
}

TEST_CASE("branches may outnumber the handles that are kept", "[task]") {
  everywhere([](auto& rt) {
    std::atomic<int> ran{0};
    auto f = [&ran](context& self) -> task<void> {
      for (int i = 0; i < 50; ++i)
        self.branch([&ran] { ++ran; });
      co_await self.branch(constant, 0);
      co_await self.sleep_for(2ms);
    };
    run(rt, f);
    CHECK(ran == 50);
  });
}

TEST_CASE("a sleeping task goes on in time", "[task]") {
  everywhere([](auto& rt) {
    auto start = rt.now();
    CHECK(run(rt, after, 3ms, 5) == 5);
    CHECK(rt.now() - start >= 3ms);
  });
}

TEST_CASE("to sleep until the past does not wait", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_await self.sleep_for(-1s);
      co_await self.sleep_until(self.now());
      co_return 1;
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("sleepers wake in the order of their times", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<std::vector<int>> {
      scope s{self};
      for (auto i : {5, 1, 4, 2, 3})
        s.branch(after, std::chrono::milliseconds{3 * i}, i);
      std::vector<int> out;
      while (auto x = co_await s.next<int>())
        out.push_back(*x);
      co_return out;
    };
    auto woken = run(rt, f);
    // Strands of real threads may be held up for longer than 3 ms.
    if (rt.overlaps())
      std::sort(woken.begin(), woken.end());
    CHECK(woken == std::vector{1, 2, 3, 4, 5});
  });
}

TEST_CASE("a task that yields lets others run", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto h = self.branch(constant, 1);
      int turns = 0;
      while (!h.done() && ++turns < 1'000'000)
        co_await self.yield();
      co_return h.done() ? 1 : 0;
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("handles of others can be awaited", "[task]") {
  everywhere([](auto& rt) {
    auto waits = [](context&, branch_handle<int> h) -> task<int> {
      co_return co_await h + 1;
    };
    auto f = [waits](context& self) -> task<int> {
      auto a = self.branch(after, 500us, 10);
      auto b = self.branch(waits, a);
      auto c = self.branch(waits, a);
      co_return co_await b + co_await c;
    };
    CHECK(run(rt, f) == 22);
  });
}

TEST_CASE("a finished branch of others can be awaited", "[task]") {
  everywhere([](auto& rt) {
    auto waits = [](context&, branch_handle<int> h) -> task<int> {
      co_return co_await h + 1;
    };
    auto f = [waits](context& self) -> task<int> {
      auto a = self.branch(constant, 10);
      co_await a;
      co_return co_await self.branch(waits, a);
    };
    CHECK(run(rt, f) == 11);
  });
}

TEST_CASE("a program's own task is awaited by another one", "[task]") {
  everywhere([](auto& rt) {
    auto slow = start(rt, after, 1ms, 6);
    auto waits = [](context&, branch_handle<int> h) -> task<int> {
      co_return co_await h * 7;
    };
    CHECK(run(rt, waits, slow.handle()) == 42);
    CHECK(slow.get().value() == 6);
  });
}

TEST_CASE("several tasks of a program at a time", "[task]") {
  everywhere([](auto& rt) {
    std::vector<started<long>> all;
    for (long n = 0; n < 10; ++n)
      all.push_back(start(rt, fib, n));
    long sum = 0;
    for (auto& x : all)
      sum += x.get().value();
    CHECK(sum == 88);
  });
}

TEST_CASE("a result from outside", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_return co_await self.external<int>(
        [](completer<int> done) { done(5); });
    };
    CHECK(run(rt, f) == 5);
  });
}

TEST_CASE("a result from outside that nobody gives", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_return co_await self.external<int>([](completer<int>) {});
    };
    CHECK(code(try_run(rt, f)) == errc::node_failed);
  });
}

TEST_CASE("the first result from outside counts", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_return co_await self.external<int>([](completer<int> done) {
        done(1);
        done(2);
      });
    };
    CHECK(run(rt, f) == 1);
  });
}

TEST_CASE("a name is what errors call a branch", "[task]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      co_return co_await self.branch(fails, std::string{"x"}, named("loader"));
    };
    auto r = try_run(rt, f);
    REQUIRE(!r);
    CHECK(r.error().node == "loader");
  });
}

TEST_CASE("a branch may have seven arguments and hints", "[task]") {
  everywhere([](auto& rt) {
    auto sum = [](int a, int b, int c, int d, int e, int f, int g) {
      return a + b + c + d + e + f + g;
    };
    auto f = [sum](context& self) -> task<int> {
      co_return co_await self.branch(sum, 1, 2, 3, 4, 5, 6, 7, keep_local);
    };
    CHECK(run(rt, f) == 28);
  });
}
