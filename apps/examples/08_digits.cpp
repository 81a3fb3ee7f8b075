// Learns handwritten digits; the caller chooses where it runs, and the result
// is the same bit for bit.
//
//   x [batch, 64] ── dense ── relu ── dense ── cross_entropy ── loss
//   t [batch] ─────────────────────────┼────────────┘
//                                    argmax ── guess
//
//   $ 08_digits
//   $ 08_digits --runtime=threads
//   $ 08_digits --hosts=morph-hosts.json

#include <morph/actors/config.hpp>
#include <morph/graph/io/data.hpp>
#include <morph/morph.hpp>

#include <caf/all.hpp>

#include <cstdio>
#include <iostream>

void caf_main(caf::actor_system& sys, const morph::config& cfg) {
  // [digits]
  auto digits = morph::data::csv("data/optdigits/optdigits.csv")
                  .scaled(1.0 / 16)
                  .label("digit");
  morph::graph g;
  auto x = g.input("x", morph::f32, {morph::dyn, 64});
  auto t = g.input("t", morph::i64, {morph::dyn});
  auto h = relu(dense(g, "hidden", x, 64));
  auto logits = dense(g, "out", h, 10);
  auto loss = cross_entropy(logits, t);

  auto s = morph::deploy(cfg.runtime(sys), g,
                         minimise(loss, morph::adam{.rate = 3e-3}));
  for (auto& b : digits.train.batches(32).shuffled(cfg.seed).epochs(10))
    s.step({{x, b.x}, {t, b.y}}); // many in flight
  s.finish();

  auto guess = argmax(logits);
  auto guesses = s.run({{x, digits.test.x}, {t, digits.test.y}}, guess);
  // [/digits]
  int64_t right = 0;
  for (int64_t i = 0; i < digits.test.size(); ++i)
    right += guesses.data<int64_t>()[i] == digits.test.y.data<int64_t>()[i];
  std::printf("%.1f %% of %d unseen digits\n",
              100.0 * double(right) / double(digits.test.size()),
              int(digits.test.size()));
}

CAF_MAIN()

// $ 08_digits
// 97.2 % of 360 unseen digits
// $ 08_digits --runtime=threads
// 97.2 % of 360 unseen digits
