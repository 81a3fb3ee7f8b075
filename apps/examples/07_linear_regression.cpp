// Fits a plane to the rows of a CSV file.
//
//   x [rows, 2] ── mul ── matmul ── add ── reshape ── mse ── loss
//   1/100, 1/10 ────┘       │        │                 │
//   price/w ────────────────┘        │                 │
//   price/b ─────────────────────────┘                 │
//   t [rows] ─────────────────────── mul ──────────────┘
//
//   $ 07_linear_regression apps/examples/houses.csv

#include <morph/graph/io/data.hpp>
#include <morph/morph.hpp>

#include <iostream>

int main(int argc, char** argv) {
  if (argc != 2) {
    std::cerr << "usage: 07_linear_regression <csv file>\n";
    return 2;
  }
  // [fit]
  auto houses = morph::data::csv(argv[1]).train_on(0.7).target("price");
  morph::graph g;
  auto x = g.input("x", morph::f32, {morph::dyn, 2});
  auto t = g.input("t", morph::f32, {morph::dyn});
  auto scale = g.constant(morph::tensor::of<float>({2}, {0.01f, 0.1f}));
  auto price = morph::reshape(dense(g, "price", x * scale, 1), {morph::dyn});
  auto loss = mse(price, t * 0.01);

  morph::session s{g, minimise(loss, morph::adam{.rate = 0.05})};
  for (auto& b : houses.train.batches(7).epochs(2000))
    s.step({{x, b.x}, {t, b.y}});
  s.finish();
  auto error = s.run({{x, houses.test.x}, {t, houses.test.y}}, loss);
  // [/fit]
  std::cout << "mean squared error on " << houses.test.size()
            << " others: " << (error.item() < 0.001 ? "below" : "above")
            << " 0.001\n";
}

// $ 07_linear_regression apps/examples/houses.csv
// mean squared error on 3 others: below 0.001
