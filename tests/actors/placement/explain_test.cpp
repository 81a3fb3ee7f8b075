#include "actors/placement/problems.hpp"

#include <morph/actors/placement/explain.hpp>
#include <morph/actors/placement/text.hpp>

#include <catch2/catch.hpp>

#include <fstream>
#include <sstream>

namespace morph::placement::test {

namespace {

std::string golden(const std::string& name) {
  std::ifstream in{std::string{MORPH_SOURCE_DIR} + "/tests/golden/" + name};
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

/// A small network on a slow driver and a fast helper.
problem network() {
  auto p = with_hosts(2, {40 * us, 1e8, 1 * us, 1 * us});
  p.hosts[0].name = "driver";
  p.hosts[1].name = "a1";
  p.training = true;
  p.commit_round_trips = 1;
  add_node(p, "x", {0.5 * us, 0.5 * us});
  add_node(p, "hidden/w", {0.2 * us, 0.2 * us});
  add_node(p, "hidden/matmul", {900 * us, 90 * us});
  add_node(p, "hidden/relu", {20 * us, 5 * us});
  add_node(p, "out/w", {0.2 * us, 0.2 * us});
  add_node(p, "out/matmul", {300 * us, 30 * us});
  add_node(p, "loss", {10 * us, 8 * us});
  add_node(p, "log", {3 * us, 3 * us});
  p.nodes[0].recomputable = false;
  for (index w : {1, 4}) {
    p.nodes[w].parameter = true;
    p.nodes[w].recomputable = false;
    p.nodes[w].state_bytes = 65536;
  }
  for (index v : {2, 3, 5})
    p.nodes[v].value_bytes = 16384;
  p.nodes[3].keep_local = true;
  p.nodes[7].pinned = 0;
  auto join = [&p](index from, index to, double bytes, double back) {
    p.edges.push_back({from, to, bytes, back});
  };
  join(0, 2, 8192, no_message);
  join(1, 2, 32768, 32768);
  join(2, 3, 16384, 16384);
  join(3, 5, 16384, 16384);
  join(4, 5, 5120, 5120);
  join(5, 6, 1280, 1280);
  join(6, 7, 4, no_message);
  p.feeds.push_back({0, 8192, no_message});
  p.results.push_back({6, 4, no_message});
  return p;
}

} // namespace

TEST_CASE("the table of a plan reads like this", "[placement]") {
  auto p = network();
  auto x = make_instance(p).value();
  auto text = to_text(report(x, make_plan(x)));
  CHECK(text == golden("placement_plan.txt"));
}

TEST_CASE("so does the table of a plan without enough memory", "[placement]") {
  auto p = network();
  p.hosts[1].memory_bytes = 40000;
  p.hosts[0].memory_bytes = 10000;
  for (auto& n : p.nodes)
    n.pinned = none;
  p.nodes[2].pinned = p.nodes[5].pinned = 1;
  p.nodes[5].recomputable = false;
  auto x = make_instance(p).value();
  CHECK(to_text(report(x, make_plan(x))) == golden("placement_memory.txt"));
  p.hosts[1].memory_bytes = 1000;
  auto y = make_instance(p).value();
  auto text = to_text(report(y, make_plan(y)));
  CHECK(text.find("host a1: the least that was reached is ")
        != std::string::npos);
}

TEST_CASE("each node has its reason", "[placement]") {
  auto p = network();
  auto x = make_instance(p).value();
  auto plan = make_plan(x);
  CHECK(explain(x, plan, 7).find("pinned to driver") != std::string::npos);
  CHECK(explain(x, plan, 3).find("stays with 'hidden/matmul'")
        != std::string::npos);
  CHECK(explain(x, plan, 2).rfind("critical path", 0) == 0);
  CHECK(explain(x, plan, 5).find("driver would cost +") != std::string::npos);
  SECTION("the price is the difference of two predictions") {
    auto hosts = plan.hosts;
    hosts[5] = 1 - hosts[5];
    CHECK(price_of_moving(x, plan, 5, hosts[5])
          == Approx(simulate(x, hosts).makespan - plan.step_seconds()));
    CHECK(price_of_moving(x, plan, 7, 1) == infinity);
  }
  SECTION("a node that only one host can run") {
    p.forward_seconds[2 * 6] = infinity;
    auto y = make_instance(p).value();
    CHECK(explain(y, make_plan(y), 6).find("only a1 may run it")
          != std::string::npos);
  }
}

TEST_CASE("the numbers of a report add up", "[placement]") {
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    shape s;
    s.nodes = 12;
    auto p = random_problem(seed, s);
    auto x = make_instance(p).value();
    auto plan = make_plan(x, {seed, 2e5, 2000});
    auto r = report(x, plan);
    CHECK(r.step_seconds == plan.step_seconds());
    CHECK(r.bound_seconds <= r.step_seconds);
    std::size_t nodes = 0;
    for (const auto& h : r.hosts) {
      nodes += h.nodes;
      CHECK(h.busy_fraction <= 1.0 + 1e-9);
    }
    CHECK(nodes == 12);
    REQUIRE(r.nodes.size() == 12);
    for (index v = 0; v < 12; ++v) {
      CHECK(r.nodes[v].host == p.hosts[plan.hosts[v]].name);
      CHECK(!r.nodes[v].why.empty());
    }
    // The same plan gives the same characters.
    CHECK(to_text(r) == to_text(report(x, plan)));
    // Without work for prices the rules remain.
    CHECK(report(x, plan, 0).nodes[0].why.find("would") == std::string::npos);
  }
}

TEST_CASE("quantities have three digits and a unit", "[placement]") {
  CHECK(text::seconds(0) == "0 s");
  CHECK(text::seconds(1.234e-9) == "1.23 ns");
  CHECK(text::seconds(61.23e-6) == "61.2 us");
  CHECK(text::seconds(999.6e-6) == "1.00 ms");
  CHECK(text::seconds(0.9996) == "1.00 s");
  CHECK(text::seconds(123456) == "123456 s");
  CHECK(text::seconds(-2e-6) == "-2.00 us");
  CHECK(text::seconds(infinity) == "never");
  CHECK(text::bytes(512) == "512 B");
  CHECK(text::bytes(32768) == "32.0 KiB");
  CHECK(text::bytes(1.5 * 1073741824) == "1.50 GiB");
  CHECK(text::bytes(infinity) == "unlimited");
  CHECK(text::rate(11.9e6) == "11.9 MB/s");
  CHECK(text::rate(1e300).size() > 3);
  CHECK(text::percent(0.125) == "12.5 %");
  CHECK(text::table({{"a", "b"}, {"long", "7"}}, {1}) == "a     b\nlong  7\n");
}

} // namespace morph::placement::test
