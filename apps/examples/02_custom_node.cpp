// A node of one's own, with its derivative by hand, shrugs off an outlier.
//
//   x ── mul ── add ── sub ── huber ── mean ── loss
//   w ────┘      │      │
//   b ───────────┘      │
//   t ──────────────────┘
#include <morph/morph.hpp>

#include <algorithm>
#include <cmath>
#include <iostream>

using morph::tensor;

// [huber]
struct huber : morph::node<huber> { // its state lives in the actor
  double delta = 1;

  tensor forward(const tensor& r) const {
    auto y = tensor::zeros(morph::f64, r.shape());
    for (int64_t i = 0; i < r.elements(); ++i) {
      auto a = std::abs(r.data<double>()[i]), b = std::min(a, delta);
      y.mutable_data<double>()[i] = b * (a - b / 2);
    }
    return y;
  }

  tensor backward(const tensor& r, const tensor& dy) const {
    auto dr = tensor::zeros(morph::f64, r.shape());
    for (int64_t i = 0; i < r.elements(); ++i)
      dr.mutable_data<double>()[i]
        = dy.data<double>()[i] * std::clamp(r.data<double>()[i], -delta, delta);
    return dr;
  }

  template <class F>
  friend bool inspect(F& f, huber& x) { // so that it can move between hosts
    return f.object(x).fields(f.field("delta", x.delta));
  }
};

// [/huber]

int main() {
  // [train]
  morph::graph g;
  auto x = g.input("x", morph::f64, {5}), t = g.input("t", morph::f64, {5});
  auto w = g.parameter("w", 0.0), b = g.parameter("b", 0.0);
  auto loss = mean(g.add(huber{.delta = 0.5}, x * w + b - t));
  morph::session s{g, minimise(loss, morph::sgd{.rate = 0.3})};
  for (int i = 0; i < 2000; ++i)
    s.step({{x, tensor::of<double>({5}, {0, 1, 2, 3, 4})},
            {t, tensor::of<double>({5}, {1, 3, 90, 7, 9})}});
  s.finish();
  // [/train]
  for (auto& [name, x] : s.parameters())
    std::cout << name << " = " << x.item() << '\n';
}

// $ 02_custom_node
// b = 1.125
// w = 2
