// A small network with every kind of parameter traffic, and its training.
#pragma once

#include <morph/graph/clock.hpp>
#include <morph/morph.hpp>

namespace morph::test {

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

inline tensor batch_x(int k) {
  auto out = tensor::uninitialised(f32, {5, 8});
  for (int i = 0; i < 40; ++i)
    out.mutable_data<float>()[i]
      = static_cast<float>((i * 7 + k * 3) % 11) / 11;
  return out;
}

inline tensor batch_t(int k) {
  auto out = tensor::uninitialised(i64, {5});
  for (int i = 0; i < 5; ++i)
    out.mutable_data<int64_t>()[i] = (i + k) % 4;
  return out;
}

inline parameter_map train(runtime& rt, const optimiser& o, int steps,
                           const session_options& options = {}) {
  net n;
  session s{rt, n.g, minimise(n.loss, o).clip(1.0), options};
  for (int k = 0; k < steps; ++k)
    s.step({{n.x, batch_x(k)}, {n.t, batch_t(k)}});
  s.finish();
  return s.parameters();
}

inline bool same(const parameter_map& a, const parameter_map& b) {
  if (a.size() != b.size())
    return false;
  for (auto& [name, x] : a)
    if (auto i = b.find(name); i == b.end() || !i->second.bit_equal(x))
      return false;
  return true;
}

} // namespace morph::test
