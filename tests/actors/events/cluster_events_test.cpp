#include "actors/support/local_cluster.hpp"
#include "actors/support/small_net.hpp"

#include <morph/actors/events/event_stream.hpp>
#include <morph/morph.hpp>

#include <catch2/catch.hpp>

#include <condition_variable>
#include <csignal>
#include <mutex>

using namespace morph;
using namespace morph::test;

namespace {

class ear {
public:
  explicit ear(event_stream& x)
    : heard_(x.subscribe([this](const event& e) {
        {
          std::lock_guard guard{mutex_};
          events_.push_back(e);
        }
        changed_.notify_all();
      })) {
    // nop
  }

  template <class T>
  bool hears(size_t n = 1) {
    std::unique_lock guard{mutex_};
    return changed_.wait_for(guard, std::chrono::seconds{20},
                             [&] { return all<T>().size() >= n; });
  }

  template <class T>
  std::vector<T> heard() {
    std::lock_guard guard{mutex_};
    return all<T>();
  }

private:
  template <class T>
  std::vector<T> all() const {
    std::vector<T> out;
    for (auto& x : events_)
      if (auto* y = std::get_if<T>(&x.what))
        out.push_back(*y);
    return out;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<event> events_;
  subscription heard_;
};

} // namespace

TEST_CASE("a cluster tells who joins and who is lost") {
  local_cluster c{2};
  net n;
  session s{c.runtime(), n.g, minimise(n.loss, sgd{.rate = 0.1})};
  ear hosts{c.runtime().events()};
  ear mine{s.events()};
  REQUIRE(hosts.hears<host_joined>(2));
  CHECK(hosts.heard<host_joined>()[1].host == "a2");
  c.host(0).signal(SIGKILL);
  REQUIRE(hosts.hears<host_lost>());
  CHECK(hosts.heard<host_lost>()[0].host == "a1");
  REQUIRE(mine.hears<host_lost>());
  CHECK(mine.heard<host_lost>()[0].why.code == errc::host_lost);
  CHECK_FALSE(s.step({{n.x, batch_x(0)}, {n.t, batch_t(0)}}).wait());
  CHECK(mine.hears<step_failed>());
}

TEST_CASE("a slow link, the new plan and the moves are told", "[serial]") {
  local_cluster c{2};
  graph g;
  auto x = g.input("x", f32, {512, 16});
  auto y = mean(tanh(dense(g, "a", x, 16, 1)));
  session s{c.runtime(), g, minimise(y, sgd{.rate = 0.1})};
  ear told{s.events()};
  // What does not change would not be sent again.
  auto step = [&, i = 0]() mutable {
    return s.step({{x, tensor::full(f32, {512, 16}, ++i % 2)}});
  };
  for (int i = 0; i < 200; ++i)
    step();
  s.finish();
  // Where the nodes are now, they shall not stay.
  std::string home;
  for (auto& n : s.report().nodes)
    if (n.op == "matmul")
      home = n.host;
  auto plans_before = told.heard<plan_changed>().size();
  auto moves_before = told.heard<node_moved>().size();
  unwrap(c.runtime().throttle("driver", home, 500'000));
  // On a busy machine other links may seem slower too, and first.
  auto slowed = [&] {
    auto all = told.heard<link_slowed>();
    return std::any_of(all.begin(), all.end(), [&](auto& l) {
      return l.from == "driver" && l.to == home;
    });
  };
  auto left = [&] {
    auto all = told.heard<node_moved>();
    return std::any_of(all.begin() + static_cast<ptrdiff_t>(moves_before),
                       all.end(), [&](auto& m) { return m.from == home; });
  };
  auto steps_until = [&](auto told_so) {
    auto deadline = now_ns() + 20'000'000'000;
    while (!told_so() && now_ns() < deadline)
      step().get();
    return told_so();
  };
  REQUIRE(steps_until([&] { return slowed() && left(); }));
  auto plans = told.heard<plan_changed>();
  REQUIRE(plans.size() > plans_before);
  CHECK_FALSE(plans.back().reason.empty());
  CHECK(plans.back().moved > 0);
  // Idle now, but probed: its recovery is seen.
  unwrap(c.runtime().throttle("driver", home, 0));
  auto recovered = [&] {
    auto all = told.heard<link_recovered>();
    return std::any_of(all.begin(), all.end(), [&](auto& l) {
      return l.from == "driver" && l.to == home;
    });
  };
  CHECK(steps_until(recovered));
}
