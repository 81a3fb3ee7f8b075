#include "actors/support/local_cluster.hpp"

#include <morph/actors/node_from_actor.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>
#include <morph/transport/compat/messaging.hpp>

#include <caf/event_based_actor.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using namespace morph::test;

namespace {

caf::behavior cube(caf::event_based_actor*) {
  return {
    [](const node_fire& m) {
      auto x = tensor::from(m.inputs[0]).item();
      return node_values{{tensor{x * x * x}}};
    },
    [](const node_pullback& m) {
      auto x = tensor::from(m.inputs[0]).item();
      auto dy = tensor::from(m.cotangents[0]).item();
      return node_values{{tensor{3 * x * x * dy}}};
    },
  };
}

parameter_map train(runtime& rt, const caf::actor& whom, bool pinned) {
  graph g;
  auto w = g.parameter("w", tensor{1.5});
  auto before = w * 0.7 - 0.2;
  auto y = add_actor(g, whom, {before}, {{f64, {}}}, {.differentiable = true});
  auto loss = square(y - 2.0);
  if (pinned) {
    w.pin("a1");
    before.pin("a2");
    loss.pin("a1");
  }
  session s{rt, g, minimise(loss, adam{.rate = 0.05})};
  for (int i = 0; i < 50; ++i)
    s.step({});
  s.finish();
  return s.parameters();
}

} // namespace

TEST_CASE("an actor of the driver is a node between two hosts") {
  local_cluster c{2};
  auto whom = c.system().spawn(cube);
  auto there = train(c.runtime(), whom, true);
  thread_runtime threads{c.system()};
  auto here = train(threads, whom, false);
  CHECK(there.at("w").bit_equal(here.at("w")));
  CHECK(here.at("w").item() != 1.5);
  compat::stop(whom);
}
