// Cancellation: where it arrives, what it leaves.
#include "actors/task/programs.hpp"

#include <stop_token>
#include <thread>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

/// Waits in one of several ways for what never comes.
task<int> waits(context& self, int how) {
  switch (how) {
    case 0:
      co_return co_await forever(self);
    case 1:
      co_return co_await self.branch(forever);
    case 2: {
      scope s{self};
      s.branch(forever);
      co_await s.join();
      co_return 0;
    }
    case 3: {
      scope s{self};
      s.branch(forever);
      std::vector<int> xs = co_await s.all();
      co_return xs[0];
    }
    case 4: {
      scope s{self};
      s.branch(forever);
      auto x = co_await s.next<int>();
      co_return *x;
    }
    case 5: {
      scope s{self, at_most(1)};
      s.branch(forever);
      s.branch(forever);
      co_await s.room();
      co_return 0;
    }
    case 6: {
      std::vector<branch_handle<int>> hs;
      hs.push_back(self.branch(forever));
      hs.push_back(self.branch(forever));
      auto x = co_await next(hs);
      co_return *x;
    }
    case 7: {
      auto h = self.branch(forever);
      co_return co_await self.branch([](context&, branch_handle<int> x)
                                       -> task<int> { co_return co_await x; },
                                     h);
    }
    case 8: {
      std::optional<completer<int>> keep;
      co_return co_await self.external<int>(
        [&keep](completer<int> done) { keep.emplace(done); });
    }
    case 9:
      for (;;)
        co_await self.yield();
    case 10:
      co_return co_await race(self, forever, forever);
    case 11:
      co_return co_await retry(self, policy{.tries = 3, .backoff = 24h}, fails,
                               std::string{"x"});
    default:
      co_return 0;
  }
}

constexpr int ways = 12;

/// A tree of branches, each of which waits.
task<int> tree(context& self, int depth) {
  if (depth == 0)
    co_return co_await forever(self);
  scope s{self};
  for (int i = 0; i < 3; ++i)
    s.branch(tree, depth - 1);
  std::vector<int> xs = co_await s.all();
  co_return xs[0];
}

/// Goes on in spite of being cancelled, as far as it can.
task<int> stubborn(context& self) {
  for (int i = 0;; ++i) {
    try {
      co_await self.sleep_for(24h);
    } catch (const failure& e) {
      if (i == 3)
        co_return static_cast<int>(e.code());
    }
  }
}

} // namespace

TEST_CASE("a cancellation ends every kind of wait", "[task][cancel]") {
  for (int how = 0; how < ways; ++how)
    everywhere([how](auto& rt) {
      INFO("way " << how);
      CHECK(code(try_run(rt, waits, how, deadline(1ms)))
            == errc::deadline_exceeded);
    });
}

TEST_CASE("a program cancels its task", "[task][cancel]") {
  for (int how = 0; how < ways; ++how)
    everywhere([how](auto& rt) {
      INFO("way " << how);
      auto x = start(rt, waits, how);
      x.cancel();
      CHECK(code(x.get()) == errc::cancelled);
    });
}

TEST_CASE("a cancelled tree is gone", "[task][cancel]") {
  everywhere([](auto& rt) {
    CHECK(code(try_run(rt, tree, 5, deadline(1ms))) == errc::deadline_exceeded);
  });
}

TEST_CASE("dropping what was started cancels it", "[task][cancel]") {
  for (auto& x : places()) {
    INFO("on " << x.name);
    auto rt = x.make();
    (void)start(*rt, forever);
    rt = nullptr; // waits until it is gone
  }
}

TEST_CASE("a runtime that ends cancels what runs on it", "[task][cancel]") {
  for (auto& x : places()) {
    INFO("on " << x.name);
    auto rt = x.make();
    auto a = start(*rt, tree, 3);
    auto b = start(*rt, waits, 3);
    rt = nullptr;
    CHECK(a.done());
    CHECK(b.done());
  }
}

TEST_CASE("each wait of a cancelled task ends", "[task][cancel]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      auto h = self.branch(stubborn, deadline(1ms));
      auto r = co_await settled(h);
      co_return *r;
    };
    CHECK(run(rt, f) == static_cast<int>(errc::deadline_exceeded));
  });
}

TEST_CASE("a cancelled task may still give a result", "[task][cancel]") {
  everywhere([](auto& rt) {
    auto f = [](context& self) -> task<int> {
      try {
        co_await forever(self);
      } catch (const failure&) {
      }
      co_return self.cancelled() ? 6 : 0;
    };
    CHECK(run(rt, f, deadline(1ms)) == 6);
  });
}

TEST_CASE("what a cancelled task branches does not run", "[task][cancel]") {
  everywhere([](auto& rt) {
    std::atomic<int> ran{0};
    auto f = [&ran](context& self) -> task<int> {
      try {
        co_await forever(self);
      } catch (const failure&) {
      }
      auto h = self.branch([&ran] { ++ran; });
      auto r = co_await settled(h);
      co_return static_cast<int>(r.error().code);
    };
    CHECK(run(rt, f, deadline(1ms))
          == static_cast<int>(errc::deadline_exceeded));
    CHECK(ran == 0);
  });
}

TEST_CASE("clean-up awaits under a shield", "[task][cancel]") {
  everywhere([](auto& rt) {
    std::atomic<int> cleaned{0};
    auto clean = [&cleaned](context& self) -> task<void> {
      co_await self.sleep_for(200us);
      cleaned += co_await self.branch(after, 100us, 1);
      scope s{self};
      s.branch(after, 100us, 1);
      std::vector<int> xs = co_await s.all();
      cleaned += xs[0];
    };
    auto f = [clean](context& self) -> task<int> {
      co_return co_await finally(self, forever, clean);
    };
    CHECK(code(try_run(rt, f, deadline(1ms))) == errc::deadline_exceeded);
    CHECK(cleaned == 2);
  });
}

TEST_CASE("clean-up runs after a failure and after success", "[task][cancel]") {
  everywhere([](auto& rt) {
    std::atomic<int> cleaned{0};
    auto clean = [&cleaned](context& self) -> task<void> {
      co_await self.yield();
      ++cleaned;
    };
    auto good = [clean](context& self) -> task<int> {
      auto body = [](context& x) { return constant(x, 3); };
      co_return co_await finally(self, body, clean);
    };
    auto bad = [clean](context& self) -> task<int> {
      auto body = [](context& x) { return fails(x, "bad"); };
      co_return co_await finally(self, body, clean);
    };
    CHECK(run(rt, good) == 3);
    CHECK(code(try_run(rt, bad)) == errc::invalid_attribute);
    CHECK(cleaned == 2);
  });
}

TEST_CASE("a cancellation that comes under a shield is not lost",
          "[task][cancel]") {
  everywhere([](auto& rt) {
    auto slow = [](context& self) -> task<int> {
      co_await self.sleep_for(4ms);
      co_return 1;
    };
    auto f = [slow](context& self) -> task<int> {
      auto x = co_await self.shielded(slow);
      CHECK(x == 1);
      co_return co_await forever(self);
    };
    CHECK(code(try_run(rt, f, deadline(1ms))) == errc::deadline_exceeded);
  });
}

TEST_CASE("a stop token goes in", "[task][cancel]") {
  everywhere([](auto& rt) {
    std::stop_source stop;
    std::atomic<bool> waiting{false};
    auto f = [&](context& self) -> task<int> {
      scope s{self, stop_when(stop.get_token())};
      s.branch(forever);
      s.branch([&](context& x) -> task<int> {
        co_await x.sleep_for(300us);
        stop.request_stop();
        co_return 0;
      });
      std::vector<int> xs = co_await s.all();
      co_return xs[0];
    };
    CHECK(code(try_run(rt, f)) == errc::cancelled);
  });
}

TEST_CASE("a stop token that was stopped before", "[task][cancel]") {
  everywhere([](auto& rt) {
    std::stop_source stop;
    stop.request_stop();
    auto f = [&](context& self) -> task<int> {
      scope s{self, stop_when(stop.get_token())};
      s.branch(forever);
      std::vector<int> xs = co_await s.all();
      co_return xs[0];
    };
    CHECK(code(try_run(rt, f)) == errc::cancelled);
  });
}

TEST_CASE("a stop token of a scope that is gone does nothing",
          "[task][cancel]") {
  everywhere([](auto& rt) {
    std::stop_source stop;
    auto f = [&](context& self) -> task<int> {
      { scope s{self, stop_when(stop.get_token())}; }
      stop.request_stop();
      co_return co_await after(self, 300us, 2);
    };
    CHECK(run(rt, f) == 2);
  });
}

TEST_CASE("a stop token comes out", "[task][cancel]") {
  everywhere([](auto& rt) {
    std::atomic<bool> told{false};
    auto f = [&told](context& self) -> task<int> {
      std::stop_callback callback{self.stop_token(), [&told] { told = true; }};
      co_return co_await forever(self);
    };
    CHECK(code(try_run(rt, f, deadline(1ms))) == errc::deadline_exceeded);
    CHECK(told);
  });
}

TEST_CASE("code that computes asks whether it is cancelled", "[task][cancel]") {
  everywhere([](auto& rt) {
    auto busy = [](context& self) -> task<int> {
      for (;;) {
        self.throw_if_cancelled();
        co_await self.yield();
      }
    };
    CHECK(code(try_run(rt, busy, deadline(1ms))) == errc::deadline_exceeded);
  });
}

TEST_CASE("a cancellation from another thread", "[task][cancel]") {
  for (int how = 0; how < ways; ++how)
    where_threads_may_meet([how](auto& rt) {
      if (rt.name() == "sim")
        return; // a day may pass there before the other thread begins
      INFO("way " << how);
      auto x = start(rt, waits, how);
      std::thread other{[&x] { x.cancel(); }};
      CHECK(code(x.get()) == errc::cancelled);
      other.join();
    });
}

TEST_CASE("a result from outside that comes too late", "[task][cancel]") {
  everywhere([](auto& rt) {
    std::optional<completer<counted>> late;
    auto f = [&late](context& self) -> task<int> {
      auto wait = [&late](context& x) -> task<int> {
        co_await x.external<counted>(
          [&late](completer<counted> done) { late.emplace(std::move(done)); });
        co_return 0;
      };
      auto h = self.branch(wait, deadline(1ms));
      auto r = co_await settled(h);
      late->complete(counted{});
      late.reset();
      co_return static_cast<int>(r.error().code);
    };
    CHECK(run(rt, f) == static_cast<int>(errc::deadline_exceeded));
    CHECK(drained(rt));
    CHECK(counted::alive() == 0);
  });
}
