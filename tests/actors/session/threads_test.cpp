#include "actors/support/small_net.hpp"

#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <caf/actor_system.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using namespace morph::test;

TEST_CASE("inline and threads train to the same bits") {
  for (optimiser o : {optimiser{sgd{.rate = 0.1, .momentum = 0.9}},
                      optimiser{adam{.rate = 0.01}}}) {
    inline_runtime here;
    auto expected = train(here, o, 30);
    CHECK(expected.size() == 6);
    for (size_t workers : {1, 2}) {
      thread_runtime threads{workers};
      CHECK(same(expected, train(threads, o, 30)));
      CHECK(same(expected, train(threads, o, 30)));
    }
  }
}

TEST_CASE("a closed session leaves no node actor behind") {
  thread_runtime threads{2};
  {
    net n;
    session s{threads, n.g, minimise(n.loss, sgd{})};
    s.step({{n.x, batch_x(0)}, {n.t, batch_t(0)}}).get();
    CHECK(live_node_actors() > 0);
  }
  // Actors end asynchronously; the system waits for them when it stops.
  threads.system().await_all_actors_done();
  CHECK(live_node_actors() == 0);
}
