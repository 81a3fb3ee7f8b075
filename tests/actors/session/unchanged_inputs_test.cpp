#include "actors/support/local_cluster.hpp"

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <catch2/catch.hpp>

#include <map>

using namespace morph;
using namespace morph::test;

namespace {

/// Two stages of a blur; each has its kernel as an input.
struct two_stages {
  graph g;
  expr image, inner, outer, soft, softer;

  explicit two_stages(bool pinned) {
    image = g.input("image", f32, {1, 1, 16, 16});
    inner = g.input("inner", f32, {1, 1, 3, 3});
    outer = g.input("outer", f32, {1, 1, 3, 3});
    soft = conv2d(image, inner, 1, 1).named("soft");
    softer = conv2d(soft, outer, 1, 1).named("softer");
    if (pinned) {
      soft.pin("a1");
      softer.pin("a2");
    }
  }
};

tensor kernel(double x) {
  return tensor::full(f32, {1, 1, 3, 3}, x);
}

struct counts {
  uint64_t runs = 0;
  uint64_t skipped = 0;
};

std::map<std::string, counts> run_three_steps(runtime& rt, bool pinned) {
  two_stages n{pinned};
  session s{rt, n.g};
  auto image = tensor::full(f32, {1, 1, 16, 16}, 2);
  for (double width : {0.1, 0.2, 0.3}) {
    // Equal values are equal inputs, also in another tensor.
    auto y = s.run(
      {{n.image, image}, {n.inner, kernel(0.1)}, {n.outer, kernel(width)}},
      n.softer);
    CHECK(y.data<float>()[8 * 16 + 8] == Approx(2 * 0.9 * 9 * width));
  }
  std::map<std::string, counts> out;
  for (auto& x : s.report().nodes)
    out[x.name] = {x.forward_runs, x.skipped};
  uint64_t elided = 0;
  for (auto& l : s.report().links)
    elided += l.elided;
  if (pinned)
    CHECK(elided > 0);
  return out;
}

void check_counts(const std::map<std::string, counts>& x) {
  CHECK(x.at("soft").runs == 1);
  CHECK(x.at("soft").skipped == 2);
  CHECK(x.at("softer").runs == 3);
  CHECK(x.at("softer").skipped == 0);
}

} // namespace

TEST_CASE("a changed second stage does not run the first one again") {
  SECTION("inline") {
    inline_runtime here;
    check_counts(run_three_steps(here, false));
  }
  SECTION("on threads") {
    thread_runtime threads{2};
    check_counts(run_three_steps(threads, false));
  }
  SECTION("on two hosts") {
    local_cluster c{2};
    check_counts(run_three_steps(c.runtime(), true));
  }
}

TEST_CASE("a node with state always runs, and a node told not to be reused") {
  struct counter : node<counter> {
    tensor forward(const tensor& x) {
      ++steps;
      return tensor{x.item() * 0 + steps};
    }

    double steps = 0;
  };

  graph g;
  auto x = g.input("x", f64);
  auto y = g.add(counter{}, x);
  auto z = exp(x);
  z.cache(cache_hint::no_cache);
  session s{g};
  for (double i = 1; i <= 3; ++i)
    CHECK(std::get<0>(s.run({{x, 5.0}}, y, z)).item() == i);
  for (auto& n : s.report().nodes)
    CHECK(n.forward_runs == 3);
}
