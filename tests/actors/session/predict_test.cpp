// Predictions of a session that trains: no labels, the same bits, and training
// does not notice.
#include "actors/support/local_cluster.hpp"
#include "actors/support/small_net.hpp"

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using namespace morph::test;

namespace {

struct classifier {
  graph g;
  expr x = g.input("x", f32, {dyn, 8});
  expr t = g.input("t", i64, {dyn});
  expr hidden = tanh(dense(g, "hidden", x, 16, 1));
  expr scores = dense(g, "out", hidden, 4, 2);
  // Only the loss depends on this one.
  expr weight = g.parameter("weight", tensor::full(f32, {}, 0.5));
  expr loss = cross_entropy(scores, t) * weight;

  objective training() const {
    return minimise(loss, adam{.rate = 0.01});
  }
};

struct outcome {
  std::vector<tensor> predictions;
  parameter_map parameters;
};

/// Trains for some steps; predicts between them, with labels or without, or
/// not at all.
enum class labels { fed, left_out, no_prediction };

outcome train(runtime& rt, labels how) {
  classifier c;
  session s{rt, c.g, c.training()};
  s.also({c.scores});
  outcome out;
  for (int k = 0; k < 12; ++k) {
    s.step({{c.x, batch_x(k)}, {c.t, batch_t(k)}});
    if (how == labels::fed)
      out.predictions.push_back(
        s.run({{c.x, batch_x(k + 1)}, {c.t, batch_t(k)}}, c.scores));
    else if (how == labels::left_out)
      out.predictions.push_back(s.run({{c.x, batch_x(k + 1)}}, c.scores));
  }
  s.finish();
  out.parameters = s.parameters();
  return out;
}

bool same(const std::vector<tensor>& a, const std::vector<tensor>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](auto& x, auto& y) { return x.bit_equal(y); });
}

} // namespace

TEST_CASE("a session that trains predicts without labels") {
  inline_runtime here;
  auto expected = train(here, labels::fed);
  CHECK(test::same(train(here, labels::no_prediction).parameters,
                   expected.parameters));
  auto check = [&](runtime& rt) {
    INFO(rt.name());
    auto x = train(rt, labels::left_out);
    CHECK(same(x.predictions, expected.predictions));
    CHECK(test::same(x.parameters, expected.parameters));
  };
  check(here);
  thread_runtime threads{2};
  check(threads);
  local_cluster hosts{2};
  check(hosts.runtime());
}

TEST_CASE("what a prediction needs must be fed, and is named if it is not") {
  classifier c;
  session s{c.g, c.training()};
  SECTION("by the results that are asked for") {
    try {
      s.run({{c.x, batch_x(0)}}, c.scores, c.loss);
      FAIL("no error");
    } catch (const failure& e) {
      CHECK(e.code() == errc::missing_input);
      CHECK(e.value().node == "t");
    }
  }
  SECTION("by a training step") {
    auto x = s.step({{c.x, batch_x(0)}}).wait();
    REQUIRE_FALSE(x);
    CHECK(x.error().code == errc::missing_input);
  }
  SECTION("and what was not asked for is not there") {
    auto x = s.predict({{c.x, batch_x(0)}}, {c.hidden}).get();
    CHECK(x.at(c.hidden).rank() == 2);
    CHECK_THROWS_AS(x.at(c.loss), failure);
  }
  CHECK(s.run({{c.x, batch_x(0)}}, c.scores).rank() == 2);
}

TEST_CASE("predictions leave nothing behind that grows") {
  thread_runtime threads{2};
  classifier c;
  session s{threads, c.g, c.training()};
  std::vector<step_handle> steps;
  for (int k = 0; k < 200; ++k)
    steps.push_back(s.predict({{c.x, batch_x(k)}}, {c.scores}));
  for (auto& x : steps)
    CHECK(x.get().at(c.scores).rank() == 2);
  s.step({{c.x, batch_x(0)}, {c.t, batch_t(0)}}).get();
}
