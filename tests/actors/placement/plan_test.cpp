#include "actors/placement/problems.hpp"

#include <morph/actors/placement/heft.hpp>
#include <morph/actors/placement/plan.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

namespace morph::placement::test {

namespace {

double best_by_brute_force(const instance& x) {
  auto best = infinity;
  search_goal goal{x};
  for_each_assignment(x, [&](const std::vector<index>& hosts) {
    best = std::min(best, goal(hosts));
  });
  return best;
}

shape small_shape(std::uint64_t seed) {
  shape s;
  s.nodes = 2 + static_cast<index>(seed % 6);
  s.hosts = 2 + static_cast<index>(seed % 2);
  s.density = 0.5 * static_cast<double>(1 + seed % 4);
  s.ccr = seed % 5 == 0 ? 10.0 : static_cast<double>(seed % 5) * 0.5;
  s.training = seed % 3 != 0;
  s.constrained = seed % 4 == 0 ? 0.4 : 0.0;
  return s;
}

double single_host(const plan& p) {
  auto best = infinity;
  for (const auto& a : p.alternatives)
    if (a.name.rfind("all on ", 0) == 0)
      best = std::min(best, a.step_seconds);
  return best;
}

} // namespace

TEST_CASE("on small graphs the plan is as fast as the best of all assignments",
          "[placement]") {
  int planned = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    auto p = random_problem(seed, small_shape(seed));
    auto x = make_instance(p);
    if (!x)
      continue; // the constraints contradict each other
    ++planned;
    INFO("seed " << seed);
    auto result = make_plan(*x);
    auto best = best_by_brute_force(*x);
    CHECK(!find_violation(*x, result.hosts));
    CHECK(result.optimal_in_model);
    CHECK(result.step_seconds() == Approx(best).epsilon(1e-12));
    CHECK(result.bound.seconds() <= best);
    CHECK(result.gap() >= 0.0);
  }
  CHECK(planned > 150);
}

TEST_CASE("the search alone comes within its stated gap of the optimum",
          "[placement]") {
  double sum = 0.0;
  double worst = 0.0;
  int instances = 0;
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    shape s;
    s.nodes = 8;
    s.density = 1.5;
    s.ccr = static_cast<double>(seed % 4);
    auto p = random_problem(seed, s);
    auto x = make_instance(p).value();
    auto hosts
      = local_search(x, std::vector<index>(x.nodes, 0), {seed, 1e6, 2000});
    REQUIRE(!find_violation(x, hosts));
    search_goal goal{x};
    auto value = goal(hosts);
    auto best = best_by_brute_force(x);
    auto certified = value / bound(x).seconds() - 1.0;
    INFO("seed " << seed);
    CHECK(value >= best * (1 - 1e-12));
    CHECK(value / best - 1.0 <= certified + 1e-12);
    CHECK(value <= goal(std::vector<index>(x.nodes, 0)));
    sum += value / best - 1.0;
    worst = std::max(worst, value / best - 1.0);
    ++instances;
  }
  CHECK(sum / instances < 0.01);
  CHECK(worst < 0.10);
}

TEST_CASE("the bound is never above what any assignment reaches",
          "[placement]") {
  for (std::uint64_t seed = 1000; seed < 1400; ++seed) {
    auto s = small_shape(seed);
    s.nodes += 10;
    auto p = random_problem(seed, s);
    p.transfers = seed % 2 ? contention::none : contention::per_link;
    p.order = seed % 3 ? dispatch::rank : dispatch::arrival;
    auto x = make_instance(p);
    if (!x)
      continue;
    auto least = bound(*x).seconds();
    INFO("seed " << seed);
    CHECK(least > 0.0);
    random r{seed};
    simulator sim{*x};
    for (int i = 0; i < 30; ++i) {
      std::vector<index> hosts(x->nodes);
      for (auto& h : hosts)
        h = r.below(x->hosts);
      if (!find_violation(*x, hosts))
        CHECK(sim.run(hosts) >= least);
    }
  }
}

TEST_CASE("the bound is tight where it should be", "[placement]") {
  SECTION("related hosts: total work over total speed") {
    // Speeds 3 and 1, twelve equal nodes: 9 and 3 of them.
    auto p = with_hosts(2, {});
    for (int i = 0; i < 12; ++i)
      add_node(p, "n", {10 * us, 30 * us});
    auto result = make_plan(make_instance(p).value());
    CHECK(result.step_seconds() == Approx(90 * us));
    CHECK(result.bound.work_seconds == Approx(90 * us).epsilon(0.01));
  }
  SECTION("a chain that must cross a link pays for it") {
    auto p = chain(2, 10 * us, 1000, 2, {5 * us, 1e9, 0, 0});
    p.training = false;
    p.nodes[0].pinned = 0;
    p.nodes[1].pinned = 1;
    auto result = make_plan(make_instance(p).value());
    CHECK(result.step_seconds() == Approx(26 * us));
    CHECK(result.gap() == Approx(0.0).margin(1e-9));
  }
}

TEST_CASE("with a slow and a fast host the work goes to the fast one",
          "[placement]") {
  // A chain cannot use two hosts at once; the driver is the slow one.
  auto p = with_hosts(2, {50 * us, 1e9, 0, 0});
  p.training = true;
  for (int i = 0; i < 10; ++i) {
    add_node(p, "n" + std::to_string(i), {100 * us, 10 * us});
    if (i > 0)
      connect(p, i - 1, i, 1000);
  }
  p.feeds.push_back({0, 1000, no_message});
  p.results.push_back({9, 8, no_message});
  auto result = make_plan(make_instance(p).value());
  CHECK(result.hosts == std::vector<index>(10, 1));
  SECTION("independent work is shared in proportion to speed") {
    p.edges.clear();
    for (index v = 0; v < 10; ++v) {
      p.forward_seconds[2 * v] = 40 * us;
      p.backward_seconds[2 * v] = 80 * us;
    }
    auto shared = make_plan(make_instance(p).value());
    CHECK(std::count(shared.hosts.begin(), shared.hosts.end(), 0u) == 2);
    CHECK(shared.step_seconds() == Approx(240 * us));
  }
}

TEST_CASE("where communication is dear, everything stays on one host",
          "[placement]") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    shape s;
    s.nodes = 20;
    s.hosts = 3;
    s.density = 3;
    s.ccr = 1000;
    auto p = random_problem(seed, s);
    for (auto& l : p.links)
      l.latency = 0.05;
    auto x = make_instance(p).value();
    auto result = make_plan(x, {seed, 2e5, 2000});
    INFO("seed " << seed);
    CHECK(result.step_seconds() <= single_host(result) * (1 + 1e-12));
    // What is connected is not cut.
    for (const auto& e : p.edges)
      CHECK(result.hosts[e.from] == result.hosts[e.to]);
  }
}

TEST_CASE("the plan is never slower than HEFT or a single host",
          "[placement]") {
  for (std::uint64_t seed = 1; seed <= 12; ++seed) {
    shape s;
    s.nodes = 60;
    s.hosts = 4;
    s.ccr = static_cast<double>(seed % 4);
    s.constrained = seed % 2 ? 0.1 : 0.0;
    auto p = random_problem(seed, s);
    auto x = make_instance(p);
    if (!x)
      continue;
    auto result = make_plan(*x, {seed, 4e5, 20000});
    CHECK(!find_violation(*x, result.hosts));
    for (const auto& a : result.alternatives)
      CHECK(result.step_seconds() <= a.step_seconds);
    CHECK(result.alternatives.size() == 2 + 4 + 1);
    SECTION("the same problem and seed give the same plan") {
      auto again = make_plan(*x, {seed, 4e5, 20000});
      CHECK(again.hosts == result.hosts);
      CHECK(again.step_seconds() == result.step_seconds());
    }
  }
}

TEST_CASE("constraints hold in every plan", "[placement]") {
  auto p = chain(6, 10 * us, 100, 3, {1 * us, 1e9, 0, 0});
  p.nodes[0].pinned = 2;
  p.nodes[2].forbidden = {0, 2};
  p.nodes[4].keep_local = true;
  p.hosts[1].hop_seconds = 5 * us;
  auto result = make_plan(make_instance(p).value());
  CHECK(result.hosts[0] == 2);
  CHECK(result.hosts[2] == 1);
  CHECK(result.hosts[4] == result.hosts[3]);
  SECTION("a host that cannot run a node type does not get it") {
    for (index v = 0; v < 6; ++v)
      p.forward_seconds[v * 3 + 0] = v == 5 ? 10 * us : infinity;
    auto other = make_plan(make_instance(p).value());
    for (index v = 0; v < 5; ++v)
      CHECK(other.hosts[v] != 0);
  }
  SECTION("an absent host gets nothing") {
    p.nodes[0].pinned = none;
    p.hosts[2].present = false;
    auto other = make_plan(make_instance(p).value());
    CHECK(std::count(other.hosts.begin(), other.hosts.end(), 2u) == 0);
  }
  SECTION("a keep_local node fed by the driver alone stays there") {
    p.nodes[0].pinned = none;
    p.nodes[0].keep_local = true;
    p.feeds.push_back({0, 100, no_message});
    p.driver = 1;
    CHECK(make_plan(make_instance(p).value()).hosts[0] == 1);
  }
}

TEST_CASE("a problem that cannot be planned says why", "[placement]") {
  auto p = chain(3, 10 * us, 100, 2);
  auto code_of = [&] {
    auto x = make_instance(p);
    REQUIRE(!x);
    CHECK(!x.error().text.empty());
    return x.error().code;
  };
  SECTION("cycle") {
    connect(p, 2, 1, 0);
    CHECK(code_of() == defect_code::cycle);
    CHECK(make_instance(p).error().node >= 1);
  }
  SECTION("an edge to nowhere") {
    p.edges[0].to = 3;
    CHECK(code_of() == defect_code::bad_index);
  }
  SECTION("a pin to nowhere") {
    p.nodes[1].pinned = 2;
    CHECK(code_of() == defect_code::bad_index);
  }
  SECTION("pinned where it is forbidden") {
    p.nodes[1].pinned = 1;
    p.nodes[1].forbidden = {1};
    CHECK(code_of() == defect_code::conflict);
    CHECK(make_instance(p).error().text.find("'n1'") != std::string::npos);
  }
  SECTION("kept together but pinned apart") {
    p.nodes[0].pinned = 0;
    p.nodes[1].pinned = 1;
    p.nodes[1].keep_local = true;
    CHECK(code_of() == defect_code::conflict);
  }
  SECTION("pinned to a host that is not present") {
    p.nodes[1].pinned = 1;
    p.hosts[1].present = false;
    CHECK(code_of() == defect_code::conflict);
  }
  SECTION("nobody runs it") {
    p.forward_seconds[2] = p.forward_seconds[3] = infinity;
    CHECK(code_of() == defect_code::unplaceable);
    CHECK(make_instance(p).error().node == 1);
  }
  SECTION("numbers that are none") {
    p.forward_seconds[0] = -1;
    CHECK(code_of() == defect_code::bad_number);
    p.forward_seconds[0] = 0.0 / 0.0;
    CHECK(code_of() == defect_code::bad_number);
    p.forward_seconds[0] = 1;
    p.links[1].bandwidth = 0;
    CHECK(code_of() == defect_code::bad_number);
    p.links[1].bandwidth = 1;
    p.edges[0].backward_bytes = -2;
    CHECK(code_of() == defect_code::bad_number);
  }
  SECTION("sizes that do not fit") {
    p.backward_seconds.pop_back();
    CHECK(code_of() == defect_code::bad_size);
    p.links.pop_back();
    CHECK(code_of() == defect_code::bad_size);
  }
  SECTION("no host") {
    p.driver = 2;
    CHECK(code_of() == defect_code::no_host);
  }
}

TEST_CASE("a plan for an empty graph is empty", "[placement]") {
  auto p = with_hosts(2, {});
  auto result = make_plan(make_instance(p).value());
  CHECK(result.hosts.empty());
  CHECK(result.step_seconds() == 0.0);
}

TEST_CASE("the plan that fits the memory is preferred to the fastest",
          "[placement]") {
  // Two equal hosts, far apart. Each can hold four values, one of which comes
  // from the other host where the chain is cut; no node may run again.
  auto p = chain(6, 10 * us, 100, 2, {500 * us, 1e9, 0, 0});
  for (auto& x : p.nodes)
    x.recomputable = false;
  for (auto& h : p.hosts)
    h.memory_bytes = 450;
  auto result = make_plan(make_instance(p).value());
  CHECK(result.cache.fits());
  auto here = std::count(result.hosts.begin(), result.hosts.end(), 0u);
  CHECK(here >= 2);
  CHECK(here <= 4);
}

TEST_CASE("a hundred thousand nodes on sixteen hosts", "[placement]") {
  shape s;
  s.nodes = 100000;
  s.hosts = 16;
  s.density = 3;
  auto p = random_problem(7, s);
  auto x = make_instance(p).value();
  auto result = make_plan(x);
  CHECK(!find_violation(x, result.hosts));
  CHECK(result.step_seconds() < single_host(result));
  CHECK(result.gap() < 1.0);
}

TEST_CASE("a parameter is planned to where its users are", "[placement]") {
  // Two workers' worth of work on either host; where the parameters are costs
  // next to nothing, so a search may leave them anywhere.
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    random source{seed};
    auto p = with_hosts(3, {60 * us, 1e9, 5 * us, 5 * us});
    p.training = true;
    auto x = add_node(p, "x", {1e-5, 1e-5, 1e-5});
    p.feeds.push_back({x, 1000, no_message});
    std::vector<index> parameters;
    for (int layer = 0; layer < 6; ++layer) {
      auto w = add_node(p, "w" + std::to_string(layer), {1e-6, 1e-6, 1e-6});
      p.nodes[w].parameter = true;
      parameters.push_back(w);
      auto cost = 1e-4 * (1 + source.unit());
      auto y = add_node(p, "y" + std::to_string(layer), {cost, cost, cost});
      connect(p, layer % 2 == 0 ? 0 : y - 2, y, 1000);
      connect(p, w, y, 4000);
      p.results.push_back({y, 8, no_message});
    }
    auto pinned = parameters[1];
    p.nodes[pinned].pinned = 2;
    search_options options;
    options.give_for_parameters = 0.1;
    auto made = make_plan(make_instance(p).value(), options);
    INFO("seed " << seed);
    for (auto w : parameters)
      if (w != pinned)
        CHECK(made.hosts[w] == made.hosts[w + 1]);
    CHECK(made.hosts[pinned] == 2);
  }
}

} // namespace morph::placement::test
