// Snippets of the pages in docs/ that no example holds: compiled and run here,
// compared with the pages by snippets_test.cpp.

#include <morph/autodiff/gradcheck.hpp>
#include <morph/graph/io/data.hpp>
#include <morph/morph.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>

// g++ means the empty base in `huber{.delta = 0.5}`.
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

namespace {

// [contributing huber]
struct huber : morph::node<huber> {
  double delta = 1;

  morph::tensor forward(const morph::tensor& r) const {
    auto x = std::abs(r.item());
    return morph::tensor::scalar(x < delta ? x * x / 2
                                           : delta * (x - delta / 2));
  }

  morph::tensor backward(const morph::tensor& r,
                         const morph::tensor& dy) const {
    return morph::tensor::scalar(std::clamp(r.item(), -delta, delta)
                                 * dy.item());
  }

  template <class F>
  friend bool inspect(F& f, huber& x) {
    return f.object(x).fields(f.field("delta", x.delta));
  }
};

// [/contributing huber]

} // namespace

TEST_CASE("docs/autodiff.md: transforms") {
  // [transforms]
  morph::graph g;
  auto x = g.input("x", morph::f64, {3});
  auto loss = sum(square(sin(x)));
  auto dx = grad(loss, x); // reverse mode
  auto v = g.input("v", morph::f64, {3});
  auto hv = hvp(loss, x, v);                // Hessian times v
  auto t = morph::jvp({loss}, {x}, {v})[0]; // forward mode
  auto third = grad(sum(hv), x);            // and so on
  // [/transforms]
  auto at = morph::tensor::of<double>({3}, {0.1, 0.2, 0.3});
  auto along = morph::tensor::of<double>({3}, {1, 0, 0});
  morph::session s{g};
  auto [a, b, c, d] = s.run({{x, at}, {v, along}}, dx, hv, t, third);
  CHECK(a.data<double>()[1] == Approx(std::sin(0.4)));
  CHECK(b.data<double>()[0] == Approx(2 * std::cos(0.2)));
  CHECK(c.item() == Approx(std::sin(0.2)));
  CHECK(d.data<double>()[0] == Approx(-4 * std::sin(0.2)));
}

TEST_CASE("docs/autodiff.md: trying a node out") {
  auto sample = morph::tensor{0.3};
  // [gradcheck]
  auto report = morph::unwrap(morph::check_node(huber{}, {sample}));
  if (!report.passed)
    throw morph::failure{morph::to_error(report)}; // MM0206, with the element
  // [/gradcheck]
  CHECK(report.passed);
}

TEST_CASE("docs/data.md: a file in one line") {
  auto path = std::string{MORPH_SOURCE_DIR} + "/data/optdigits/optdigits.csv";
  uint64_t seed = 1;
  int64_t rows = 0;
  auto step = [&](const morph::tensor& x, const morph::tensor& y) {
    CHECK(x.shape()[0] == y.shape()[0]);
    rows += x.shape()[0];
  };
  // [csv]
  auto digits = morph::data::csv(path).scaled(1.0 / 16).label("digit");
  for (auto& batch : digits.train.batches(64).shuffled(seed).epochs(5))
    step(batch.x, batch.y); // f32[64, 64] and i64[64]
  // [/csv]
  CHECK(rows == 5 * digits.train.size());
}

TEST_CASE("CONTRIBUTING.md: a node of one's own") {
  morph::graph g;
  auto prediction = g.input("prediction", morph::f64);
  auto target = g.input("target", morph::f64);
  // [contributing add]
  auto loss = g.add(huber{.delta = 0.5}, prediction - target);
  // [/contributing add]
  morph::session s{g, gradients_of(loss, {prediction})};
  auto out = s.step({{prediction, 3.0}, {target, 1.0}}).get();
  CHECK(out.loss() == 0.875);
  CHECK(out.gradient(prediction).item() == 0.5);
}
