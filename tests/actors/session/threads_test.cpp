#include <catch2/catch.hpp>

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/host/part_actor.hpp>
#include <morph/morph.hpp>

#include <caf/actor_system.hpp>

using namespace morph;

namespace {

/// A small network with every kind of parameter traffic.
struct net {
  graph g;
  expr x, t, loss;

  net() {
    x = g.input("x", f32, {dyn, 8});
    t = g.input("t", i64, {dyn});
    auto h = tanh(dense(g, "hidden", x, 16, 1));
    auto h2 = relu(dense(g, "second", h, 16, 2)) + h;
    loss = cross_entropy(dense(g, "out", h2, 4, 3), t);
  }
};

tensor batch_x(int k) {
  auto out = tensor::uninitialised(f32, {5, 8});
  for (int i = 0; i < 40; ++i)
    out.mutable_data<float>()[i] = static_cast<float>((i * 7 + k * 3) % 11) / 11;
  return out;
}

tensor batch_t(int k) {
  auto out = tensor::uninitialised(i64, {5});
  for (int i = 0; i < 5; ++i)
    out.mutable_data<int64_t>()[i] = (i + k) % 4;
  return out;
}

parameter_map train(runtime& rt, const optimiser& o, int steps) {
  net n;
  session s{rt, n.g, minimise(n.loss, o).clip(1.0)};
  for (int k = 0; k < steps; ++k)
    s.step({{n.x, batch_x(k)}, {n.t, batch_t(k)}});
  s.finish();
  return s.parameters();
}

bool same(const parameter_map& a, const parameter_map& b) {
  if (a.size() != b.size())
    return false;
  for (auto& [name, x] : a)
    if (auto i = b.find(name); i == b.end() || !i->second.bit_equal(x))
      return false;
  return true;
}

} // namespace

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
