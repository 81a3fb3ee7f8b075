#include "actors/placement/problems.hpp"

#include <morph/actors/placement/simulate.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <numeric>

namespace morph::placement::test {

TEST_CASE("a simulated chain on one host takes the sum of its times",
          "[placement]") {
  auto p = chain(5, 10 * us, 100);
  p.hosts[0].hop_seconds = 1 * us;
  auto x = make_instance(p).value();
  auto t = simulate(x, std::vector<index>(5, 0));
  // 5 forwards of 10, 5 backwards of 20, 4 hops each way.
  CHECK(t.makespan == Approx(158 * us));
  CHECK(t.busy[0] == Approx(158 * us));
  CHECK(t.critical_path == std::vector<index>{0, 1, 2, 3, 4, 9, 8, 7, 6, 5});
  CHECK(t.forward[1].start == Approx(10 * us));
  CHECK(t.backward[0].finish == Approx(158 * us));
}

TEST_CASE("a cut in a chain costs latency, bytes and message times both ways",
          "[placement]") {
  auto p = chain(2, 10 * us, 1000, 2, {5 * us, 1e9, 2 * us, 3 * us});
  auto x = make_instance(p).value();
  auto t = simulate(x, std::vector<index>{0, 1});
  // forward 10 + 2 to send, 1 + 5 on the link, 3 + 10; the backward likewise
  // with 20.
  CHECK(t.makespan
        == Approx((10 + 2 + 1 + 5 + 3 + 10 + 20 + 2 + 1 + 5 + 3 + 20) * us));
  CHECK(t.link_bytes[0 * 2 + 1] == 1000);
  CHECK(t.link_bytes[1 * 2 + 0] == 1000);
  CHECK(t.link_messages[1] == 1);
  CHECK(t.busy[0] == Approx(35 * us));
  CHECK(t.busy[1] == Approx(35 * us));
}

TEST_CASE("transfers on one link wait for each other, unless told otherwise",
          "[placement]") {
  // 0 on h0 feeds 1 and 2 on h1, 1 ms of transfer each, nothing else counts.
  auto p = with_hosts(2, {0, 1e6, 0, 0});
  p.hosts[1].workers = 2;
  for (auto name : {"a", "b", "c"})
    add_node(p, name, {0, 0});
  connect(p, 0, 1, 1000);
  connect(p, 0, 2, 1000);
  std::vector<index> hosts{0, 1, 1};
  CHECK(simulate(make_instance(p).value(), hosts).makespan == Approx(2e-3));
  p.transfers = contention::none;
  CHECK(simulate(make_instance(p).value(), hosts).makespan == Approx(1e-3));
  SECTION("the opposite directions do not") {
    p.transfers = contention::per_link;
    p.edges[1] = {2, 0, 1000, 0};
    CHECK(simulate(make_instance(p).value(), hosts).makespan == Approx(2e-3));
    p.edges[1] = {2, 1, 0, 0};
    CHECK(simulate(make_instance(p).value(), hosts).makespan == Approx(1e-3));
  }
}

TEST_CASE("a host runs as many nodes at once as it has workers",
          "[placement]") {
  auto p = with_hosts(1, {});
  for (int i = 0; i < 6; ++i)
    add_node(p, "n", {10 * us});
  for (auto [workers, expected] :
       {std::pair{1u, 60.0}, {2u, 30.0}, {4u, 20.0}, {6u, 10.0}}) {
    p.hosts[0].workers = workers;
    CHECK(simulate(make_instance(p).value(), std::vector<index>(6, 0)).makespan
          == Approx(expected * us));
  }
}

TEST_CASE("by rank, the long branch goes first and by arrival, the first one",
          "[placement]") {
  // Nodes 0 and 1 are ready at once; behind 1 waits a long node elsewhere.
  auto p = with_hosts(2, {});
  add_node(p, "short", {10 * us, 10 * us});
  add_node(p, "first of two", {10 * us, 10 * us});
  add_node(p, "second of two", {50 * us, 50 * us});
  connect(p, 1, 2, 0);
  std::vector<index> hosts{0, 0, 1};
  CHECK(simulate(make_instance(p).value(), hosts).makespan == Approx(70 * us));
  p.order = dispatch::rank;
  CHECK(simulate(make_instance(p).value(), hosts).makespan == Approx(60 * us));
}

TEST_CASE("feeds, results, seeds and the commit go through the driver",
          "[placement]") {
  auto p = chain(1, 10 * us, 0, 2, {5 * us, 1e9, 0, 0});
  p.feeds.push_back({0, 1000, no_message});
  p.results.push_back({0, 2000, no_message});
  auto remote = std::vector<index>{1};
  auto local = std::vector<index>{0};
  auto makespan = [&](const std::vector<index>& hosts) {
    return simulate(make_instance(p).value(), hosts).makespan;
  };
  CHECK(makespan(local) == Approx(30 * us));
  // The result (2 + 5) arrives before the backward (20) is done.
  CHECK(makespan(remote) == Approx((1 + 5 + 10 + 20) * us));
  p.results[0].backward_bytes = 0; // the seed comes when the result is there
  CHECK(makespan(remote) == Approx((1 + 5 + 10 + 2 + 5 + 5 + 20) * us));
  p.nodes[0].parameter = true;
  p.commit_round_trips = 2;
  CHECK(makespan(remote) == Approx((1 + 5 + 10 + 2 + 5 + 5 + 20 + 20) * us));
  CHECK(makespan(local) == Approx(30 * us));
}

TEST_CASE("a node that recomputes runs its forward again before its backward",
          "[placement]") {
  auto p = chain(3, 10 * us, 100);
  auto x = make_instance(p).value();
  std::vector<char> again{1, 0, 1};
  simulator s{x};
  CHECK(s.run(std::vector<index>(3, 0), again) == Approx(110 * us));
}

TEST_CASE("an unreachable host makes the step infinite", "[placement]") {
  auto p = chain(2, 10 * us, 100, 2, {infinity, 1e9, 0, 0});
  auto x = make_instance(p).value();
  CHECK(simulate(x, std::vector<index>{0, 1}).makespan == infinity);
  CHECK(simulate(x, std::vector<index>{1, 1}).makespan == Approx(60 * us));
}

TEST_CASE("simulated schedules of random graphs break no rule of time",
          "[placement]") {
  for (std::uint64_t seed = 1; seed <= 60; ++seed) {
    shape s;
    s.nodes = 3 + static_cast<index>(seed % 40);
    s.ccr = seed % 3;
    s.training = seed % 4 != 0;
    auto p = random_problem(seed, s);
    p.order = seed % 2 ? dispatch::rank : dispatch::arrival;
    auto x = make_instance(p).value();
    random r{seed};
    std::vector<index> hosts(x.nodes);
    for (auto& h : hosts)
      h = r.below(x.hosts);
    auto t = simulate(x, hosts);
    INFO("seed " << seed);
    // Every task ran, for its own time and more only because of messages.
    double busy = 0.0;
    for (index v = 0; v < x.nodes; ++v) {
      CHECK(t.forward[v].finish - t.forward[v].start
            >= x.forward(v, hosts[v]) * (1 - 1e-9));
      busy += t.forward[v].finish - t.forward[v].start;
      if (!p.training)
        continue;
      CHECK(t.backward[v].start >= t.forward[v].finish);
      busy += t.backward[v].finish - t.backward[v].start;
    }
    CHECK(busy == Approx(std::accumulate(t.busy.begin(), t.busy.end(), 0.0)));
    double sent = 0.0;
    for (const auto& e : p.edges) {
      auto a = hosts[e.from];
      auto b = hosts[e.to];
      auto slack = 1e-12;
      CHECK(t.forward[e.to].start + slack
            >= t.forward[e.from].finish + x.transfer(a, b, e.forward_bytes));
      sent += a != b ? e.forward_bytes : 0.0;
      if (!p.training || e.backward_bytes == no_message)
        continue;
      CHECK(t.backward[e.from].start + slack
            >= t.backward[e.to].finish + x.transfer(b, a, e.backward_bytes));
      sent += a != b ? e.backward_bytes : 0.0;
    }
    CHECK(std::accumulate(t.link_bytes.begin(), t.link_bytes.end(), 0.0)
          >= sent * (1 - 1e-9));
    // No host runs more at once than it has workers.
    auto all = t.forward;
    all.insert(all.end(), t.backward.begin(), t.backward.end());
    for (index i = 0; i < all.size(); ++i) {
      index overlapping = 0;
      for (index j = 0; j < all.size(); ++j)
        overlapping += hosts[j % x.nodes] == hosts[i % x.nodes]
                       && all[j].start <= all[i].start
                       && all[j].finish > all[i].start;
      CHECK(overlapping <= p.hosts[hosts[i % x.nodes]].workers);
    }
    CHECK(simulate(x, hosts).critical_path == t.critical_path);
  }
}

} // namespace morph::placement::test
