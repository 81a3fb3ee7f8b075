// Values need not be tensors: `measure` makes a user struct and two nodes read
// it. `add` lets it carry gradients, `inspect` lets it cross hosts.
//
//                 ┌── variance{4} ──┐
//   x ── measure ─┤                 add ── y
//                 └── variance{3} ──┘

#include <morph/morph.hpp>

#include <iostream>

using morph::tensor;

// [struct]
struct moments {
  double sum = 0, squares = 0;
  friend moments add(moments a, moments b) {
    return {a.sum + b.sum, a.squares + b.squares};
  }
  template <class F>
  friend bool inspect(F& f, moments& x) {
    return f.object(x).fields(f.field("sum", x.sum), f.field("sq", x.squares));
  }
};
// [/struct]
struct measure : morph::node<measure> {
  moments forward(const tensor& xs) const {
    moments out;
    for (auto x : xs.span<double>())
      out = add(out, {x, x * x});
    return out;
  }
  tensor backward(const tensor& xs, const moments& d) const {
    auto out = tensor::full(morph::f64, xs.shape(), d.sum);
    for (int64_t i = 0; i < xs.elements(); ++i)
      out.mutable_data<double>()[i] += 2 * xs.data<double>()[i] * d.squares;
    return out;
  }
};

struct variance : morph::node<variance> {
  double divisor = 1;
  tensor forward(const moments& m) const {
    return (m.squares - m.sum * m.sum / 4) / divisor;
  }
  moments backward(const moments& m, const tensor& dy) const {
    return {-m.sum / 2 / divisor * dy.item(), dy.item() / divisor};
  }
  static morph::port_type output_type(const morph::port_type&) {
    return {morph::f64, {}};
  }
};

int main() {
  morph::graph g;
  auto x = g.input("x", morph::f64, {4});
  auto m = g.add(measure{}, x);
  auto y = g.add(variance{.divisor = 4}, m) + g.add(variance{.divisor = 3}, m);
  morph::session s{g, gradients_of(y, {x})};
  auto out = s.step({{x, tensor::of<double>({4}, {1, 2, 3, 6})}}).get();
  std::cout << out.loss() << ' ' << to_string(out.gradient(x)) << '\n';
}

// $ 03_user_struct
