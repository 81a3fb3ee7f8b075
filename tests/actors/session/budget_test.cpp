// The budget of forward values: same bits, and no host ever holds more.
#include "actors/support/local_cluster.hpp"
#include "actors/support/small_net.hpp"
#include "actors/support/wide_net.hpp"

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <catch2/catch.hpp>

#include <memory>

using namespace morph;
using namespace morph::test;

namespace {

void check_budgets(runtime& rt, const parameter_map& expected) {
  auto least = least_budget(rt);
  auto before = uint64_t{0};
  // From the least that a small batch needs to more than all values.
  for (auto budget : {least, least * 3 / 2, least * 20}) {
    auto x = train_wide(rt, budget);
    INFO(rt.name() << ", budget " << budget << ", peak " << x.highest);
    CHECK(x.highest <= budget);
    CHECK(x.highest > before / 4); // it is not that nothing was counted
    CHECK(same(x.parameters, expected));
    before = x.highest;
  }
}

} // namespace

TEST_CASE("no budget is exceeded and none changes a bit") {
  inline_runtime here;
  auto expected = train_wide(here, 0).parameters;
  SECTION("inline") {
    check_budgets(here, expected);
  }
  SECTION("on two threads") {
    thread_runtime threads{2};
    check_budgets(threads, expected);
  }
  SECTION("on three hosts") {
    local_cluster c{3};
    check_budgets(c.runtime(), expected);
  }
}

TEST_CASE("values of another host count on the host that reads them") {
  local_cluster c{2};
  graph g;
  auto x = g.input("x", f64, {64});
  auto w = g.parameter("w", tensor::full(f64, {64}, 0.5));
  // 512 bytes each: y on one host; z and the product with y on another, which
  // gets y once for each of the three uses.
  auto y = exp((x * w).pin("a1")).pin("a1");
  auto z = (y * y).pin("a2");
  auto loss = sum((z * y).pin("a2")).pin("a2");
  session s{c.runtime(),
            g,
            minimise(loss, sgd{.rate = 1e-3}),
            {.forward_budget = 4096}};
  s.step({{x, tensor::full(f64, {64}, 0.1)}}).get();
  for (auto& h : s.report().hosts)
    if (h.name == "a2")
      CHECK(h.forward_bytes_peak == 5 * 512 + 8); // and the sum
}

TEST_CASE("gradients alone keep to the budget, however many are asked for") {
  thread_runtime threads{2};
  wide_net n;
  session s{threads,
            n.g,
            gradients_of({n.loss}, {n.x}),
            {.max_steps_in_flight = 8, .forward_budget = 24000}};
  std::vector<step_handle> steps;
  for (int k = 0; k < 24; ++k)
    steps.push_back(s.step({{n.x, wide_batch(k, 8)}}));
  for (auto& x : steps)
    CHECK(x.get().gradient(n.x));
  auto peak = s.report().hosts.at(0).forward_bytes_peak;
  CHECK(peak <= 24000);
  CHECK(peak > 4000);
}

TEST_CASE("predictions go on beside a training step under a budget") {
  thread_runtime threads{2};
  wide_net n;
  session s{threads,
            n.g,
            minimise(n.loss, sgd{.rate = 0.1}),
            {.forward_budget = 24000}};
  for (int k = 0; k < 8; ++k) {
    s.step({{n.x, wide_batch(k, 8)}});
    s.submit({{n.x, wide_batch(k, 64)}}, false);
  }
  s.finish();
  CHECK(s.report().hosts.at(0).forward_bytes_peak <= 24000);
}

TEST_CASE("a budget that cannot be met names the least that can") {
  session_options impossible;
  impossible.forward_budget = 10;
  for (auto threads : {false, true}) {
    inline_runtime here;
    thread_runtime there{1};
    net n;
    session s{threads ? static_cast<runtime&>(there) : here, n.g,
              minimise(n.loss, sgd{}), impossible};
    auto x = s.step({{n.x, batch_x(0)}, {n.t, batch_t(0)}}).wait();
    REQUIRE(!x);
    CHECK(x.error().code == errc::budget_exceeded);
  }
}
