#include <morph/actors/caf.hpp>
#include <morph/actors/events/event_stream.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <caf/event_based_actor.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

using namespace morph;

namespace {

/// Events in the order of their arrival.
class diary {
public:
  void write(const event& x) {
    // Whoever sees the last event may destroy the diary: nothing of it is
    // touched once the lock is free.
    std::lock_guard guard{mutex_};
    events_.push_back(x);
    changed_.notify_all();
  }

  bool wait(std::function<bool(const std::vector<event>&)> wanted) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, std::chrono::seconds{20},
                             [&] { return wanted(events_); });
  }

  bool wait_for(size_t n) {
    return wait([n](auto& xs) { return xs.size() >= n; });
  }

  std::vector<event> all() {
    std::lock_guard guard{mutex_};
    return events_;
  }

private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<event> events_;
};

host_joined named(int i) {
  return {std::to_string(i)};
}

bool in_order(const std::vector<event>& xs) {
  for (size_t i = 1; i < xs.size(); ++i)
    if (xs[i].number != xs[i - 1].number + 1 + xs[i].missed)
      return false;
  return true;
}

} // namespace

TEST_CASE("functions get events in order, late ones what is remembered") {
  thread_runtime threads{1};
  event_stream stream{&threads.system()};
  diary early, late;
  auto a = stream.subscribe([&](const event& x) { early.write(x); });
  for (int i = 0; i < 300; ++i)
    stream.publish(named(i));
  REQUIRE(early.wait_for(300));
  CHECK(in_order(early.all()));
  auto b = stream.subscribe([&](const event& x) { late.write(x); });
  stream.publish(named(300));
  REQUIRE(late.wait_for(event_stream::remembered + 1));
  CHECK(in_order(late.all()));
  CHECK(late.all().back().number == 301);
}

TEST_CASE("actors get events as messages, one at a time") {
  thread_runtime threads{1};
  event_stream stream{&threads.system()};
  diary book;
  auto listener = threads.system().spawn([&](caf::event_based_actor*) {
    return caf::behavior{[&](const event& x) { book.write(x); }};
  });
  stream.subscribe(listener);
  for (int i = 0; i < 100; ++i)
    stream.publish(named(i));
  REQUIRE(book.wait_for(100));
  CHECK(in_order(book.all()));
  compat::stop(listener);
  for (int i = 0; i < 10; ++i)
    stream.publish(named(i)); // to nobody
}

TEST_CASE("a slow subscriber misses the oldest events and is told so") {
  thread_runtime threads{1};
  event_stream stream{&threads.system()};
  diary book;
  std::mutex gate;
  std::unique_lock closed{gate};
  auto s = stream.subscribe([&](const event& x) {
    book.write(x);
    std::lock_guard pass{gate};
  });
  stream.publish(named(0));
  REQUIRE(book.wait_for(1));
  constexpr int n = 5000;
  for (int i = 1; i <= n; ++i)
    stream.publish(named(i));
  closed.unlock();
  REQUIRE(book.wait([](auto& xs) { return xs.back().number == n + 1; }));
  auto got = book.all();
  CHECK(got.size() == event_stream::capacity + 1);
  CHECK(got[1].missed == n - event_stream::capacity);
  CHECK(in_order(got));
}

TEST_CASE("a subscription may end inside its own function") {
  for (auto with_actors : {false, true}) {
    thread_runtime threads{1};
    event_stream stream{with_actors ? &threads.system() : nullptr};
    diary book;
    subscription s;
    std::mutex ready;
    std::unique_lock wait{ready};
    s = stream.subscribe([&](const event& x) {
      if (with_actors)
        std::lock_guard{ready};
      book.write(x);
      s.end();
    });
    wait.unlock();
    for (int i = 0; i < 10; ++i)
      stream.publish(named(i));
    REQUIRE(book.wait_for(1));
    diary other;
    auto t = stream.subscribe([&](const event& x) { other.write(x); });
    REQUIRE(other.wait_for(10));
    CHECK(book.all().size() == 1);
  }
}

TEST_CASE("nobody is called after the end of a subscription") {
  thread_runtime threads{2};
  event_stream stream{&threads.system()};
  std::atomic<bool> stop{false};
  std::thread source{[&] {
    for (int i = 0; !stop; ++i)
      stream.publish(named(i));
  }};
  for (int i = 0; i < 50; ++i) {
    auto alive = std::make_shared<std::atomic<bool>>(true);
    std::atomic<int> late{0};
    diary book;
    auto s = stream.subscribe([&, alive](const event& x) {
      if (!*alive)
        ++late;
      book.write(x);
    });
    CHECK(book.wait_for(1));
    s.end();
    *alive = false;
    CHECK(late == 0);
  }
  stop = true;
  source.join();
}

TEST_CASE("what a function throws is dropped") {
  thread_runtime threads{1};
  event_stream stream{&threads.system()};
  diary book;
  auto a = stream.subscribe([](const event&) { throw 1; });
  auto b = stream.subscribe([&](const event& x) { book.write(x); });
  stream.publish(named(1));
  stream.publish(named(2));
  CHECK(book.wait_for(2));
}

TEST_CASE("a session tells of its failed steps") {
  for (auto* where : {"inline", "threads"}) {
    INFO(where);
    std::unique_ptr<runtime> rt = std::make_unique<inline_runtime>();
    if (std::string{where} == "threads")
      rt = std::make_unique<thread_runtime>(size_t{2});
    graph g;
    auto x = g.input("x", f64, {2});
    auto y = x * 2.0;
    session s{std::move(rt), g};
    s.also({y});
    diary book;
    auto heard = s.events().subscribe([&](const event& e) { book.write(e); });
    CHECK_FALSE(s.submit({{x, 1.0}}, false).wait());
    REQUIRE(book.wait_for(1));
    auto failed = std::get<step_failed>(book.all()[0].what);
    CHECK(failed.why.code == errc::shape_mismatch);
    CHECK_FALSE(to_string(book.all()[0].what).empty());
  }
}
