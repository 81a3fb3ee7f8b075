// A small network whose layers are on different simulated hosts, so that each
// step crosses every line both ways.
#pragma once

#include "actors/support/small_net.hpp"

#include <morph/actors/sim/sim.hpp>

#include <string>

namespace morph::test {

struct spread_net {
  graph g;
  expr x, t, loss;

  explicit spread_net(size_t hosts) {
    x = g.input("x", f32, {dyn, 8});
    t = g.input("t", i64, {dyn});
    auto on = [&](size_t i) { return "a" + std::to_string(i % hosts + 1); };
    auto h = tanh(dense(g, "hidden", x, 16, 1).pin(on(0)));
    auto h2 = relu(dense(g, "second", h, 16, 2).pin(on(1))) + h;
    loss = cross_entropy(dense(g, "out", h2, 4, 3).pin(on(2)), t);
  }

  objective minimised(const optimiser& o) const {
    return minimise(loss, o).clip(1.0);
  }

  feeds batch(int k) const {
    return {{x, batch_x(k)}, {t, batch_t(k)}};
  }
};

/// What simulated training has to come to.
inline parameter_map train_inline(const optimiser& o, int steps) {
  inline_runtime here;
  return train(here, o, steps);
}

inline parameter_map train_spread(sim& world, size_t hosts, const optimiser& o,
                                  int steps) {
  spread_net n{hosts};
  session s{world, n.g, n.minimised(o)};
  for (int k = 0; k < steps; ++k)
    s.step(n.batch(k));
  s.finish();
  return s.parameters();
}

} // namespace morph::test
