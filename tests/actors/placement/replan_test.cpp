#include "actors/placement/problems.hpp"

#include <morph/actors/placement/cost_model.hpp>
#include <morph/actors/placement/link_model.hpp>
#include <morph/actors/placement/replan.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace morph::placement::test {

namespace {

/// Two branches between a source and a sink, each better off on a host of its
/// own as long as the link is fast.
problem two_branches() {
  auto p = with_hosts(2, {100 * us, 1e8, 0, 0});
  p.training = true;
  add_node(p, "source", {1e-3, 1e-3});
  for (int branch = 0; branch < 2; ++branch)
    for (int i = 0; i < 3; ++i) {
      auto v = add_node(p, "b" + std::to_string(branch) + std::to_string(i),
                        {5e-3, 5e-3});
      connect(p, i == 0 ? 0 : v - 1, v, i == 0 ? 262144 : 131072);
      p.nodes[v].state_bytes = 1e5;
    }
  auto sink = add_node(p, "sink", {1e-3, 1e-3});
  connect(p, 3, sink, 262144);
  connect(p, 6, sink, 262144);
  p.feeds.push_back({0, 1000, no_message});
  p.results.push_back({sink, 8, no_message});
  return p;
}

/// A deployed graph whose costs are known only from noisy samples.
class world {
public:
  world(problem truth, double noise, std::uint64_t seed)
    : truth_(std::move(truth)), links_(truth_.hosts.size()), noise_(noise),
      random_(seed) {
    for (const auto& h : truth_.hosts) {
      (void)h;
      ops_.add_host({});
    }
    hosts_ = make_plan(make_instance(truth_).value()).hosts;
    planner_.deployed(evaluate(make_instance(truth_).value(), hosts_, "start"));
    // Every op has run everywhere, so the start is known well.
    for (index h = 0; h < truth_.hosts.size(); ++h)
      for (int i = 0; i < 20; ++i) {
        measure_ops(std::vector<index>(hosts_.size(), h));
        for (index g = 0; g < truth_.hosts.size(); ++g)
          if (g != h) {
            measure_link(g, h, 100);
            measure_link(g, h, 262144);
          }
      }
  }

  void step() {
    auto x = make_instance(truth_).value();
    measure_ops(hosts_);
    for (const auto& e : truth_.edges)
      if (hosts_[e.from] != hosts_[e.to]) {
        measure_link(hosts_[e.from], hosts_[e.to], e.forward_bytes);
        measure_link(hosts_[e.to], hosts_[e.from], e.backward_bytes);
      }
    for (auto [from, to] : links_.due_for_probe(20))
      measure_link(from, to, link_estimator::large_bytes);
    links_.end_round();
    planner_.step_done(simulate(x, hosts_).makespan * noise());
    if (!planner_.due())
      return;
    auto median = believed(false);
    auto pessimistic = believed(true);
    auto d = planner_.decide(median, &pessimistic, hosts_);
    REQUIRE(d);
    for (const auto& m : d->moves) {
      REQUIRE(hosts_[m.node] == m.from);
      hosts_[m.node] = m.to;
    }
    REQUIRE(hosts_ == d->next.hosts);
  }

  double step_seconds() const {
    return simulate(make_instance(truth_).value(), hosts_).makespan;
  }

  double optimum() const {
    return make_plan(make_instance(truth_).value()).step_seconds();
  }

  void scale_bandwidth(double factor) {
    for (auto& l : truth_.links)
      l.bandwidth *= factor;
  }

  const replanner& planner() const {
    return planner_;
  }

  int alarms() const {
    return alarms_;
  }

private:
  double noise() {
    return 1.0 - noise_ + 2.0 * noise_ * random_.unit();
  }

  void note(verdict v) {
    if (is_alarm(v)) {
      ++alarms_;
      planner_.cost_alarm();
    }
  }

  void measure_ops(const std::vector<index>& hosts) {
    auto x = make_instance(truth_).value();
    for (index v = 0; v < hosts.size(); ++v) {
      note(ops_.add({truth_.nodes[v].name, 1e6, 1e3}, hosts[v],
                    x.forward(v, hosts[v]) * noise()));
      note(ops_.add({truth_.nodes[v].name + "'", 1e6, 1e3}, hosts[v],
                    x.backward(v, hosts[v]) * noise()));
    }
  }

  void measure_link(index from, index to, double bytes) {
    const auto& l = truth_.links[from * truth_.hosts.size() + to];
    note(links_.at(from, to).add(bytes,
                                 (l.latency + bytes / l.bandwidth) * noise()));
  }

  problem believed(bool pessimistic) const {
    auto p = truth_;
    p.links = pessimistic ? links_.p90() : links_.median();
    for (index v = 0; v < p.nodes.size(); ++v)
      for (index h = 0; h < p.hosts.size(); ++h) {
        auto there = ops_.expect({p.nodes[v].name, 1e6, 1e3}, h);
        auto back = ops_.expect({p.nodes[v].name + "'", 1e6, 1e3}, h);
        auto cell = v * p.hosts.size() + h;
        p.forward_seconds[cell]
          = pessimistic ? there.p90_seconds : there.median_seconds;
        p.backward_seconds[cell]
          = pessimistic ? back.p90_seconds : back.median_seconds;
      }
    return p;
  }

  problem truth_;
  op_costs ops_;
  link_costs links_;
  replanner planner_;
  std::vector<index> hosts_;
  double noise_;
  random random_;
  int alarms_ = 0;
};

} // namespace

TEST_CASE("noise of 30 % moves nothing in 10 000 steps", "[placement]") {
  for (std::uint64_t seed : {1, 2}) {
    world w{two_branches(), 0.3, seed};
    for (int i = 0; i < 10000; ++i)
      w.step();
    INFO("seed " << seed << ", decisions " << w.planner().decisions());
    CHECK(w.planner().moves() == 0);
    CHECK(w.alarms() == 0);
    // Asking again costs time as well.
    CHECK(w.planner().decisions() < 200);
  }
}

TEST_CASE(
  "a link that slows down tenfold is left, and used again when it "
  "recovers",
  "[placement]") {
  for (auto noise : {0.0, 0.1}) {
    world w{two_branches(), noise, 5};
    INFO("noise " << noise);
    auto fast = w.step_seconds();
    for (int i = 0; i < 300; ++i)
      w.step();
    REQUIRE(w.planner().moves() == 0);

    w.scale_bandwidth(0.1);
    REQUIRE(w.step_seconds() > 1.3 * fast);
    int steps = 0;
    while (w.planner().moves() == 0 && steps < 100) {
      w.step();
      ++steps;
    }
    CHECK(steps <= 5);
    for (int i = 0; i < 300; ++i)
      w.step();
    CHECK(w.step_seconds() <= 1.05 * w.optimum());
    auto moved = w.planner().moves();
    CHECK(moved <= 8);

    w.scale_bandwidth(10);
    for (int i = 0; i < 300; ++i)
      w.step();
    CHECK(w.step_seconds() <= 1.05 * w.optimum());
    CHECK(w.step_seconds() <= 1.05 * fast);
    CHECK(w.planner().moves() - moved <= 8);
    CHECK(w.planner().reversals() == 0);
  }
}

TEST_CASE("a move must pay for itself over the horizon", "[placement]") {
  // All on h0 takes 60 us a step, the other host half of that.
  auto p = chain(2, 10 * us, 8, 2, {5 * us, 1e9, 0, 0});
  for (index v = 0; v < 2; ++v) {
    p.forward_seconds[2 * v + 1] /= 2;
    p.backward_seconds[2 * v + 1] /= 2;
    p.nodes[v].state_bytes = 1e6; // 1 ms to move
  }
  std::vector<index> current{0, 0};
  replan_options options;
  options.pause_seconds = 1e-3;
  options.horizon_steps = 200;
  auto d = decide(p, nullptr, current, options).value();
  CHECK(d.moves.size() == 2);
  CHECK(d.current_seconds == Approx(60 * us));
  CHECK(d.candidate_seconds == Approx(30 * us));
  CHECK(d.migration_seconds == Approx(1e-3 + 2 * (1e-3 + 5 * us)));
  CHECK(d.next.hosts == std::vector<index>{1, 1});
  CHECK(d.reason
        == "moving 2 nodes: 30.0 us a step against 60.0 us, migration 3.01 ms");
  SECTION("not over a short one") {
    options.horizon_steps = 50;
    d = decide(p, nullptr, current, options).value();
    CHECK(d.moves.empty());
    CHECK(d.next.hosts == current);
    CHECK(d.candidate_seconds == Approx(30 * us));
    CHECK(d.reason
          == "staying: 30.0 us a step against 60.0 us, migration 3.01 ms, not "
             "enough for a margin of 10.0 % over 50 steps");
  }
  SECTION("not when it is dearer with pessimistic costs") {
    auto pessimistic = p;
    for (index v = 0; v < 2; ++v)
      pessimistic.forward_seconds[2 * v + 1] *= 20;
    d = decide(p, &pessimistic, current, options).value();
    CHECK(d.moves.empty());
    CHECK(d.reason.find("pessimistic") != std::string::npos);
  }
  SECTION("not more nodes than may move") {
    options.max_moves = 1;
    d = decide(p, nullptr, current, options).value();
    CHECK(d.moves.empty());
    CHECK(d.reason.find("2 nodes would move and 1 may") != std::string::npos);
  }
  SECTION("not within the margin") {
    options.margin = 0.6;
    d = decide(p, nullptr, current, options).value();
    CHECK(d.moves.empty());
  }
  SECTION("but at once when its host has gone") {
    p.hosts[0].present = false;
    p.driver = 1;
    options.horizon_steps = 0;
    d = decide(p, nullptr, current, options).value();
    CHECK(d.moves.size() == 2);
    CHECK(d.reason.find("must not run on host 'h0'") != std::string::npos);
  }
  SECTION("an assignment of another size is an error") {
    current.pop_back();
    CHECK(decide(p, nullptr, current, options).error().code
          == defect_code::bad_size);
  }
}

TEST_CASE("nodes whose move gains nothing stay", "[placement]") {
  // Only the slow node should leave h0; the others are as good on either.
  auto p = with_hosts(2, {1 * us, 1e12, 0, 0});
  for (auto& h : p.hosts)
    h.workers = 8;
  for (int i = 0; i < 5; ++i)
    add_node(p, "n" + std::to_string(i), {10 * us, 10 * us});
  add_node(p, "slow", {1000 * us, 10 * us});
  std::vector<index> current(6, 0);
  auto d = decide(p, nullptr, current, {}).value();
  REQUIRE(d.moves.size() == 1);
  CHECK(d.moves[0].node == 5);
  CHECK(d.moves[0].to == 1);
}

TEST_CASE("steps that miss the forecast contradict it, noise does not",
          "[placement]") {
  step_monitor m;
  m.expect(1e-3);
  random r{1};
  for (int i = 0; i < 1000; ++i) {
    m.add(1e-3 * (0.85 + 0.3 * r.unit()));
    CHECK(!m.contradicted());
  }
  for (int i = 0; i < 4; ++i)
    m.add(1.5e-3);
  CHECK(!m.contradicted());
  m.add(1e-3); // one step as forecast ends the run
  for (int i = 0; i < 4; ++i)
    m.add(1.5e-3);
  CHECK(!m.contradicted());
  m.add(1.5e-3);
  CHECK(m.contradicted());
  SECTION("what is accepted becomes bias") {
    for (int i = 0; i < 100; ++i)
      m.add(1.5e-3);
    m.accept(1e-3);
    CHECK(m.bias() == Approx(1.5).epsilon(0.02));
    for (int i = 0; i < 100; ++i)
      m.add(1.5e-3);
    CHECK(!m.contradicted());
    for (int i = 0; i < 5; ++i)
      m.add(0.9e-3);
    CHECK(m.contradicted());
  }
  SECTION("a new plan starts anew") {
    m.expect(1.5e-3);
    CHECK(!m.contradicted());
    CHECK(m.measured_seconds() == 0.0);
  }
}

TEST_CASE("what no cost explains is looked at again, ever less often",
          "[placement]") {
  auto p = chain(1, 100 * us, 8, 2, {1 * us, 1e9, 0, 0});
  replanner planner;
  std::vector<index> hosts{0};
  planner.deployed(evaluate(make_instance(p).value(), hosts, "start"));
  auto step = [&](double seconds) {
    planner.step_done(seconds);
    if (!planner.due())
      return false;
    auto d = planner.decide(p, nullptr, hosts).value();
    hosts = d.next.hosts;
    return true;
  };
  auto decisions = [&](int steps, double seconds) {
    int n = 0;
    for (int i = 0; i < steps; ++i)
      n += step(seconds) ? 1 : 0;
    return n;
  };
  planner.cost_alarm();
  decisions(50, 300 * us); // the usual bias
  CHECK(decisions(200, 300 * us) == 0);
  // The steps are slow, and at first no cost says why.
  CHECK(decisions(200, 6e-3) >= 3);
  CHECK(hosts[0] == 0);
  SECTION("until a cost does") {
    p.forward_seconds = {2e-3, 100 * us};
    p.backward_seconds = {4e-3, 200 * us};
    CHECK(decisions(400, 6e-3) >= 1);
    CHECK(hosts[0] == 1);
  }
  SECTION("until it is taken for the model's fault") {
    CHECK(decisions(10000, 6e-3) <= 8);
    CHECK(decisions(10000, 6e-3) == 0);
  }
}

TEST_CASE("moving back and forth is counted and raises the margin",
          "[placement]") {
  auto p = chain(1, 100 * us, 8, 2, {1 * us, 1e9, 0, 0});
  replan_options options;
  options.pause_seconds = 0;
  replanner planner{options};
  std::vector<index> hosts{0};
  // The faster host changes every ten steps, by 15 %.
  std::uint64_t moves = 0;
  for (int round = 0; round < 10; ++round) {
    auto faster = round % 2 == 0 ? 1 : 0;
    p.forward_seconds[static_cast<std::size_t>(faster)] = 85 * us;
    p.forward_seconds[static_cast<std::size_t>(1 - faster)] = 100 * us;
    p.backward_seconds[static_cast<std::size_t>(faster)] = 170 * us;
    p.backward_seconds[static_cast<std::size_t>(1 - faster)] = 200 * us;
    for (int i = 0; i < 10; ++i)
      planner.step_done(300 * us);
    planner.cost_alarm();
    REQUIRE(planner.due());
    auto d = planner.decide(p, nullptr, hosts).value();
    moves += d.moves.size();
    hosts = d.next.hosts;
    CHECK(!planner.due());
  }
  CHECK(planner.moves() == moves);
  CHECK(planner.moves() == 2); // there, back once, and no more
  CHECK(planner.reversals() == 1);
}

} // namespace morph::placement::test
