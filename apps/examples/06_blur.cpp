// Blurs an image twice, without gradients. Changing the radius of the second
// stage does not run the first one again: nodes run when an input changed.
//
//   image ── first blur ── second blur ── out
//   inner radius ──┘  outer radius ──┘
//
//   $ 06_blur [in.ppm out.ppm]
#include <morph/graph/io/image.hpp>
#include <morph/morph.hpp>

#include <algorithm>
#include <iostream>

using morph::tensor;

struct blur : morph::node<blur> { // mean over a square; u8 [height, width, n]

  tensor forward(const tensor& x, const tensor& radius) const {
    auto h = x.shape()[0], w = x.shape()[1], n = x.shape()[2];
    auto r = static_cast<int64_t>(radius.item());
    auto y = tensor::zeros(morph::u8, x.shape());
    for (int64_t i = 0; i < y.elements(); ++i) {
      auto row = i / (w * n), col = i / n % w, sum = 0l, count = 0l;
      for (auto p = std::max(row - r, 0l); p <= std::min(row + r, h - 1); ++p)
        for (auto q = std::max(col - r, 0l); q <= std::min(col + r, w - 1); ++q)
          sum += x.data<uint8_t>()[(p * w + q) * n + i % n], ++count;
      y.mutable_data<uint8_t>()[i] = static_cast<uint8_t>(sum / count);
    }
    return y;
  }
};

int main(int argc, char** argv) {
  auto pixels = argc > 2 ? unwrap(morph::read_image(argv[1]))
                         : tensor::full(morph::u8, {64, 64, 1}, 200);
  // [blur]
  morph::graph g;
  auto image = g.input("image", morph::u8, pixels.shape());
  auto inner = g.input("inner radius", morph::i64);
  auto outer = g.input("outer radius", morph::i64);
  auto soft = g.add(blur{}, image, inner).named("first blur");
  auto out = g.add(blur{}, soft, outer).named("second blur");

  morph::session s{g};
  tensor y;
  for (int radius : {1, 2, 3})
    y = s.run({{image, pixels}, {inner, 2}, {outer, radius}}, out);
  for (auto& n : s.report().nodes)
    std::cout << n.name << " ran " << n.forward_runs << " times\n";
  // [/blur]
  if (argc > 2)
    unwrap(morph::write_image(argv[2], y));
}

// $ 06_blur
// first blur ran 1 times
// second blur ran 3 times
