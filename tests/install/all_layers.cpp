// Trains a node actor that is defined here; exits with 0 if it has learnt.

#include <morph/morph.hpp>

#include <cmath>

struct scaled_square : morph::node<scaled_square> {
  double scale = 1;

  morph::tensor forward(const morph::tensor& x) const {
    auto v = x.item();
    return morph::tensor::scalar(scale * v * v);
  }

  morph::tensor backward(const morph::tensor& x,
                         const morph::tensor& dy) const {
    return morph::tensor::scalar(2 * scale * x.item() * dy.item());
  }

  template <class F>
  friend bool inspect(F& f, scaled_square& x) {
    return f.object(x).fields(f.field("scale", x.scale));
  }
};

int main() {
  morph::graph g;
  auto w = g.parameter("w", morph::tensor::scalar(3.0));
  auto loss = g.add(scaled_square{.scale = 0.5}, w - 1.0);
  morph::session s{g, morph::minimise(loss, morph::sgd{0.5})};
  for (int i = 0; i < 20; ++i)
    s.step({});
  s.finish();
  auto learnt = s.parameters().at("w").item();
  return std::abs(learnt - 1.0) < 1e-3 ? 0 : 1;
}
