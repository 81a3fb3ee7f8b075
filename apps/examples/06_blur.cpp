// Blurs an image twice, without gradients. Changing the width of the second
// stage does not run the first one again: nodes run when an input changed.
//
//   image ── planes ── first blur ── second blur ── pixels
//   inner kernel ──────────┘              │
//   outer kernel ─────────────────────────┘
//
//   $ 06_blur [--hosts=morph-hosts.json] [in.ppm out.ppm]
#include <morph/actors/config.hpp>
#include <morph/graph/io/image.hpp>
#include <morph/morph.hpp>

#include <caf/all.hpp>

#include <cmath>
#include <iostream>

using morph::tensor;

tensor gauss(double width) {
  auto k = tensor::zeros(morph::f32, {1, 1, 7, 7});
  for (int i = 0; i < 49; ++i) {
    auto r = std::hypot(i % 7 - 3, i / 7 - 3) / width;
    k.mutable_data<float>()[i]
      = float(std::exp(-r * r / 2) / (6.283185 * width * width));
  }
  return k;
}

void caf_main(caf::actor_system& sys, const morph::config& cfg) {
  auto files = cfg.remainder;
  auto bitmap = files.size() == 2 ? unwrap(morph::read_image(files[0]))
                                  : tensor::full(morph::u8, {64, 64, 1}, 200);
  auto height = bitmap.shape()[0], width = bitmap.shape()[1];
  // [blur]
  morph::graph g;
  auto image = g.input("image", morph::u8, bitmap.shape());
  auto inner = g.input("inner", morph::f32, {1, 1, 7, 7});
  auto outer = g.input("outer", morph::f32, {1, 1, 7, 7});
  auto planes = morph::reshape(transpose(cast(image, morph::f32), {2, 0, 1}),
                               {-1, 1, height, width});
  auto soft = conv2d(planes, inner, 1, 3).named("first blur");
  auto softer = conv2d(soft, outer, 1, 3).named("second blur");
  auto rows = morph::reshape(softer, {-1, height, width});
  auto pixels = cast(transpose(rows, {1, 2, 0}), morph::u8);
  auto s = morph::deploy(cfg.runtime(sys), g);
  tensor y;
  for (auto w : {0.5, 1.0, 2.0})
    y = s.run({{image, bitmap}, {inner, gauss(1)}, {outer, gauss(w)}}, pixels);
  for (auto& n : s.report().nodes)
    if (n.op == "conv2d")
      std::cout << n.name << " ran " << n.forward_runs << " times\n";
  // [/blur]
  if (files.size() == 2)
    unwrap(morph::write_image(files[1], y));
}

CAF_MAIN()

// $ 06_blur
// first blur ran 1 times
// second blur ran 3 times
// $ 06_blur --runtime=threads
// first blur ran 1 times
// second blur ran 3 times
