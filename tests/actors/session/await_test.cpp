// Awaiting steps: in coroutines, in continuations, inside actors.
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>
#include <morph/transport/compat/messaging.hpp>

#include <caf/event_based_actor.hpp>

#include <catch2/catch.hpp>

#include <chrono>
#include <cmath>
#include <coroutine>
#include <exception>
#include <future>
#include <stdexcept>

using namespace morph;

namespace {

/// A coroutine that runs by itself.
struct task {
  struct promise_type {
    task get_return_object() noexcept {
      return {};
    }

    std::suspend_never initial_suspend() noexcept {
      return {};
    }

    std::suspend_never final_suspend() noexcept {
      return {};
    }

    void return_void() noexcept {
      // nop
    }

    void unhandled_exception() noexcept {
      std::terminate();
    }
  };
};

constexpr auto patience = std::chrono::seconds{20};

template <class T>
T value_of(std::promise<T>& x) {
  auto future = x.get_future();
  if (future.wait_for(patience) != std::future_status::ready)
    throw std::runtime_error{"nobody has resumed the coroutine"};
  return future.get();
}

/// Fails for negative inputs.
struct root : node<root> {
  tensor forward(const tensor& x) const {
    if (x.item() < 0)
      throw std::domain_error{"negative"};
    return tensor{std::sqrt(x.item())};
  }
};

struct model {
  graph g;
  expr x = g.input("x", f64);
  expr y = g.add(root{}, x);
};

std::unique_ptr<runtime> make_runtime(const std::string& name) {
  if (name == "inline")
    return std::make_unique<inline_runtime>();
  return std::make_unique<thread_runtime>(size_t{1});
}

task ask(session& s, const model& m, double x, std::promise<std::string>& out) {
  // GCC 12 takes no list of feeds in the operand of co_await.
  auto step = s.post({{m.x, x}}, false);
  try {
    auto r = co_await step;
    out.set_value(std::to_string(r.at(m.y).item()));
  } catch (const failure& e) {
    out.set_value(to_string(e.code()));
  }
}

/// One step after another, each started where the one before has ended.
task ask_often(session& s, const model& m, int n, std::promise<double>& out) {
  double sum = 0;
  for (int i = 0; i < n; ++i) {
    auto step = s.submit({{m.x, 4.0}}, false);
    auto r = co_await step;
    sum += r.at(m.y).item();
  }
  out.set_value(sum);
}

} // namespace

TEST_CASE("a coroutine gets the result of a step, or its failure") {
  for (auto* name : {"inline", "threads"}) {
    INFO(name);
    model m;
    session s{make_runtime(name), m.g};
    s.also({m.y});
    std::promise<std::string> good, bad, again, late;
    ask(s, m, 9, good);
    CHECK(value_of(good) == "3.000000");
    ask(s, m, -1, bad);
    CHECK(value_of(bad) == "MM0501");
    ask(s, m, 16, again);
    CHECK(value_of(again) == "4.000000");
    CHECK_THROWS_AS(s.finish(), failure);
    s.close();
    ask(s, m, 16, late);
    CHECK(value_of(late) == "MM0505");
  }
}

TEST_CASE("a coroutine can start a step where the last one has ended") {
  for (auto* name : {"inline", "threads"}) {
    INFO(name);
    model m;
    session s{make_runtime(name), m.g, {}, {.max_steps_in_flight = 1}};
    s.also({m.y});
    std::promise<double> first, second;
    ask_often(s, m, 50, first);
    ask_often(s, m, 50, second);
    // This thread fights for the gate too.
    for (int i = 0; i < 50; ++i)
      CHECK(s.run({{m.x, 1.0}}, m.y).item() == 1);
    CHECK(value_of(first) == 100);
    CHECK(value_of(second) == 100);
  }
}

TEST_CASE("a closing session resumes whoever awaits one of its steps") {
  model m;
  constexpr int n = 100;
  std::vector<std::promise<std::string>> outcomes(n);
  session s{make_runtime("threads"), m.g, {}, {.max_steps_in_flight = 2}};
  s.also({m.y});
  for (auto& x : outcomes)
    ask(s, m, 4, x);
  s.close();
  for (auto& x : outcomes) {
    auto text = value_of(x);
    CHECK((text == "2.000000" || text == "MM0505"));
  }
}

TEST_CASE("steps posted by an actor on the only worker run and return there") {
  model m;
  thread_runtime threads{1};
  session s{threads, m.g, {}, {.max_steps_in_flight = 2}};
  s.also({m.y});
  constexpr int n = 100;
  std::vector<std::promise<std::string>> outcomes(n);
  auto client = threads.system().spawn([&](caf::event_based_actor* self) {
    for (auto& x : outcomes)
      ask(s, m, 25, x);
    self->quit();
  });
  for (auto& x : outcomes)
    CHECK(value_of(x) == "5.000000");
}

TEST_CASE("finish waits for posted steps and what follows them") {
  model m;
  session s{make_runtime("threads"), m.g};
  s.also({m.y});
  std::vector<step_handle> steps;
  auto called = 0;
  for (int i = 0; i < 50; ++i) {
    steps.push_back(s.post({{m.x, 1.0}}, false));
    steps.back().then([&](const result<step_values>&) { ++called; });
  }
  s.finish();
  CHECK(called == 50);
  for (auto& x : steps)
    CHECK(x.ready());
}

TEST_CASE("continuations may block, throw, and end their session") {
  model m;
  auto s = std::make_unique<session>(make_runtime("threads"), m.g, objective{},
                                     session_options{.max_steps_in_flight = 1});
  s->also({m.y});
  SECTION("block") {
    std::promise<double> out;
    s->submit({{m.x, 4.0}}, false).then([&](const result<step_values>& x) {
      out.set_value(x->at(m.y).item() + s->run({{m.x, 9.0}}, m.y).item());
    });
    CHECK(value_of(out) == 5);
  }
  SECTION("throw") {
    s->submit({{m.x, 4.0}}, false).then([](const result<step_values>&) {
      throw std::runtime_error{"not our affair"};
    });
    CHECK(s->run({{m.x, 9.0}}, m.y).item() == 3);
  }
  SECTION("use a handle that is ready") {
    auto h = s->submit({{m.x, 4.0}}, false);
    h.wait();
    auto called = 0;
    h.then([&](const result<step_values>& x) { called += x.has_value(); });
    CHECK(called == 1);
  }
}

TEST_CASE("a continuation can end its session") {
  thread_runtime threads{1};
  model m;
  auto s = std::make_unique<session>(threads, m.g);
  s->also({m.y});
  std::promise<bool> out;
  s->submit({{m.x, 4.0}}, false).then([&](const result<step_values>& x) {
    auto ok = x.has_value();
    s.reset();
    out.set_value(ok);
  });
  CHECK(value_of(out));
}
