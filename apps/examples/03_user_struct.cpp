// Values need not be tensors: `expand` makes a user struct and two nodes read
// it. `add` lets it carry gradients, `inspect` lets it cross hosts.
//
//                ┌── line{1, 2} ──┐
//   x ── expand ─┤               mul ── y
//                └── line{3, 0} ──┘
#include <morph/morph.hpp>

#include <iostream>

using morph::tensor;

// [struct]
struct powers {
  double first = 0, second = 0;

  friend powers add(powers a, powers b) {
    return {a.first + b.first, a.second + b.second};
  }

  template <class F>
  friend bool inspect(F& f, powers& x) {
    return f(x.first, x.second);
  }
};

struct expand : morph::node<expand> {
  powers forward(const tensor& x) const {
    return {x.item(), x.item() * x.item()};
  }

  tensor backward(const tensor& x, const powers& d) const {
    return tensor::scalar(float(d.first + 2 * x.item() * d.second));
  }
};

// [/struct]
struct line : morph::node<line> {
  double a = 0, b = 0;

  tensor forward(const powers& x) const {
    return tensor::scalar(float(a * x.first + b * x.second));
  }

  powers backward(const powers&, const tensor& dy) const {
    return {a * dy.item(), b * dy.item()};
  }
};

int main() {
  morph::graph g;
  auto x = g.input("x", morph::f32);
  auto p = g.add(expand{}, x);
  auto y = g.add(line{.a = 1, .b = 2}, p) * g.add(line{.a = 3}, p);
  morph::session s{g, gradients_of(y, {x})};
  auto out = s.step({{x, 2.0}}).get();
  std::cout << out.loss() << ' ' << out.gradient(x).item() << '\n';
}

// $ 03_user_struct
// 60 84
