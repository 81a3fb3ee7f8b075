// A session under requests of CAF clients: bounded, orderly, each answered.
#include <morph/actors/caf.hpp>
#include <morph/actors/node_from_actor.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/response_promise.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

using namespace morph;

namespace {

/// What the actors of a test tell its thread.
class tally {
public:
  struct counts {
    size_t open = 0; ///< Steps inside the slow node.
    size_t most = 0;
    size_t results = 0;
    size_t errors = 0;
    size_t unclear = 0; ///< Errors without the code of a closed session.
    double last = 0;
    bool ordered = true;
  };

  template <class F>
  void change(F f) {
    // The test may end once it has heard of it, and this object with it.
    std::lock_guard guard{mutex_};
    f(counts_);
    counts_.most = std::max(counts_.most, counts_.open);
    changed_.notify_all();
  }

  template <class F>
  bool wait(F wanted) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, std::chrono::seconds{20},
                             [&] { return wanted(counts_); });
  }

  counts now() {
    std::lock_guard guard{mutex_};
    return counts_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  counts counts_;
};

struct let_one_go {};

struct let_all_go {};

} // namespace

MORPH_LOCAL_MESSAGE(let_one_go)
MORPH_LOCAL_MESSAGE(let_all_go)

namespace {

/// y = x, but not before it is told.
caf::behavior slow(caf::event_based_actor* self, tally* t) {
  struct state {
    std::deque<std::pair<caf::response_promise, value>> waiting;
    bool free = false;
  };

  auto s = std::make_shared<state>();
  auto release = [=] {
    auto [promise, x] = std::move(s->waiting.front());
    s->waiting.pop_front();
    t->change([](auto& c) { --c.open; });
    promise.deliver(node_values{{x}});
  };
  return {
    [=](const node_fire& m) {
      auto promise = self->make_response_promise();
      s->waiting.emplace_back(promise, m.inputs[0]);
      t->change([](auto& c) { ++c.open; });
      if (s->free)
        release();
      return promise;
    },
    [=](let_one_go) {
      if (!s->waiting.empty())
        release();
    },
    [=](let_all_go) {
      s->free = true;
      while (!s->waiting.empty())
        release();
    },
  };
}

/// Sends `n` requests at once and ends with the last answer.
caf::behavior client(caf::event_based_actor* self, const caf::actor& model,
                     tally* t, int n) {
  auto missing = std::make_shared<int>(n);
  auto done = [=] {
    if (--*missing == 0)
      self->quit();
  };
  for (int i = 0; i < n; ++i)
    self
      ->request(model, std::chrono::seconds{30},
                step_request{{{"x", tensor{double(i)}}}, false})
      .then(
        [=](const step_reply& r) {
          auto y = tensor::from(r.results.at(0)).item();
          done();
          t->change([y](auto& c) {
            c.ordered = c.ordered && y >= c.last;
            c.last = y;
            ++c.results;
          });
        },
        [=](const caf::error& e) {
          auto clear
            = self->system().render(e).find("MM0505") != std::string::npos;
          done();
          t->change([clear](auto& c) {
            ++c.errors;
            c.unclear += !clear;
          });
        });
  return {[](let_one_go) {}};
}

/// A model with a slow node in the middle, and its clients.
struct shop {
  explicit shop(const session_options& limits) {
    x = g.input("x", f64, {});
    y = add_actor(g, slow_node, {x}, {port_type{f64, {}}});
    s.emplace(threads, g, objective{}, limits);
    s->also({y});
    model = actor_of(*s);
  }

  ~shop() {
    s.reset();
    compat::stop(slow_node);
  }

  void ask(int n) {
    threads.system().spawn(client, model, &t, n);
  }

  void let_go() {
    compat::anon_send(slow_node, let_one_go{});
  }

  /// The session closes meanwhile.
  void let_go_until_refused() {
    while (t.wait([](auto& c) { return c.open > 0 || c.errors > 0; })
           && t.now().errors == 0)
      let_go();
    compat::anon_send(slow_node, let_all_go{});
  }

  tally t;
  thread_runtime threads{2};
  caf::actor slow_node = threads.system().spawn(slow, &t);
  graph g;
  expr x, y;
  std::optional<session> s;
  caf::actor model;
};

} // namespace

TEST_CASE("a burst of requests stays within the session's limits") {
  shop a{{.max_steps_in_flight = 3}};
  constexpr size_t n = 100;
  a.ask(n);
  for (size_t i = 0; i < n; ++i) {
    // As many are in flight as may be, and never more.
    auto expected = std::min<size_t>(3, n - i);
    REQUIRE(a.t.wait([&](auto& c) { return c.open == expected; }));
    a.let_go();
    REQUIRE(a.t.wait([&](auto& c) { return c.results == i + 1; }));
  }
  auto c = a.t.now();
  CHECK(c.most == 3);
  CHECK(c.errors == 0);
  CHECK(c.ordered);
  a.s->finish();
}

TEST_CASE("requests are bounded by bytes too") {
  // Room for the values of one step and a half.
  shop a{{.max_bytes_in_flight = 24}};
  a.ask(4);
  for (size_t i = 0; i < 4; ++i) {
    REQUIRE(a.t.wait([&](auto& c) { return c.open == 1; }));
    a.let_go();
    REQUIRE(a.t.wait([&](auto& c) { return c.results == i + 1; }));
  }
  CHECK(a.t.now().most == 1);
}

TEST_CASE("steps of the session and requests share one gate") {
  shop a{{.max_steps_in_flight = 2}};
  auto first = a.s->submit({{a.x, 1.0}}, false);
  auto second = a.s->submit({{a.x, 2.0}}, false);
  a.ask(1);
  REQUIRE(a.t.wait([](auto& c) { return c.open == 2; }));
  CHECK(a.t.now().most == 2);
  a.let_go();
  CHECK(first.get().at(a.y).item() == 1);
  a.let_go();
  CHECK(second.get().at(a.y).item() == 2);
  REQUIRE(a.t.wait([](auto& c) { return c.open == 1; }));
  a.let_go();
  REQUIRE(a.t.wait([](auto& c) { return c.results == 1; }));
}

TEST_CASE("a session that closes answers each request") {
  shop a{{.max_steps_in_flight = 4}};
  constexpr size_t n = 2000;
  a.ask(n);
  REQUIRE(a.t.wait([](auto& c) { return c.open == 4; }));
  SECTION("close waits for what runs") {
    std::thread closing{[&] { a.s->close(); }};
    a.let_go_until_refused();
    closing.join();
    // Later requests are refused, not lost.
    a.ask(5);
    REQUIRE(a.t.wait([](auto& c) { return c.results + c.errors == n + 5; }));
    CHECK(a.t.now().unclear == 0);
  }
  SECTION("the session is destroyed") {
    std::thread closing{[&] { a.s.reset(); }};
    a.let_go_until_refused();
    closing.join();
    REQUIRE(a.t.wait([](auto& c) { return c.results + c.errors == n; }));
  }
  auto c = a.t.now();
  CHECK(c.results >= 4);
  CHECK(c.errors >= 1);
  CHECK(c.most == 4);
}

TEST_CASE("a handle stays good when the session deploys anew") {
  shop a{{}};
  auto z = a.y * 2.0;
  a.s->also({z});
  CHECK(actor_of(*a.s) == a.model);
  a.ask(1);
  REQUIRE(a.t.wait([](auto& c) { return c.open == 1; }));
  a.let_go();
  CHECK(a.t.wait([](auto& c) { return c.results == 1; }));
}

TEST_CASE("replanning and reports wait for requests in flight") {
  shop a{{}};
  a.ask(3);
  REQUIRE(a.t.wait([](auto& c) { return c.open == 3; }));
  std::thread asking{[&] { a.s->replan(true); }};
  for (int i = 0; i < 3; ++i)
    a.let_go();
  CHECK(a.t.wait([](auto& c) { return c.results == 3; }));
  asking.join();
}

TEST_CASE("a failed request is its client's affair") {
  thread_runtime threads{2};
  graph g;
  auto x = g.input("x", f64, {2});
  auto y = x * 2.0;
  session s{threads, g};
  s.also({y});
  tally t;
  threads.system().spawn(client, actor_of(s), &t, 1);
  CHECK(t.wait([](auto& c) { return c.errors == 1; }));
  CHECK_NOTHROW(s.finish());
}
