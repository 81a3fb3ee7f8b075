#include <morph/morph.hpp>

#include <catch2/catch.hpp>

using namespace morph;

TEST_CASE("hello, graph: values and derivatives on the caller's thread") {
  graph g;
  auto x = g.input("x", f64);
  auto y = sin(x) * x;
  auto dy = grad(y, x);
  session s{g};
  auto [v, d] = s.run({{x, 2.0}}, y, dy);
  CHECK(v.item() == Approx(1.8185948536513634));
  CHECK(d.item() == Approx(0.0770037537313969));
}

TEST_CASE("a session returns gradients of inputs and parameters") {
  graph g;
  auto x = g.input("x", f64, {3});
  auto w = g.parameter("w", tensor::of<double>({3}, {1, 2, 3}));
  auto loss = sum(x * x * w);
  session s{g, gradients_of(loss, {x, w})};
  auto out = s.step({{x, tensor::of<double>({3}, {1, 2, 3})}}).get();
  CHECK(out.loss() == 36);
  CHECK(out.gradient(x).bit_equal(tensor::of<double>({3}, {2, 8, 18})));
  CHECK(out.gradient(w).bit_equal(tensor::of<double>({3}, {1, 4, 9})));
}

TEST_CASE("training lowers the loss") {
  graph g;
  auto x = g.input("x", f64, {dyn, 2});
  auto t = g.input("t", f64, {dyn, 1});
  auto y = dense(g, "out", x, 1, 7);
  auto loss = mse(y, t);
  session s{g, minimise(loss, adam{.rate = 0.1})};
  auto xs = tensor::of<double>({4, 2}, {0, 0, 0, 1, 1, 0, 1, 1});
  auto ts = tensor::of<double>({4, 1}, {1, 3, 4, 6});
  double last = 0;
  for (int i = 0; i < 500; ++i)
    last = s.step({{x, xs}, {t, ts}}).get().loss();
  s.finish();
  CHECK(last < 1e-3);
}

TEST_CASE("a step without an input names it and leaves the session alive") {
  graph g;
  auto x = g.input("x", f64);
  auto y = x * 2.0;
  session s{g};
  try {
    s.run({}, y);
    FAIL("no error");
  } catch (const failure& e) {
    CHECK(e.code() == errc::missing_input);
    CHECK(std::string{e.what()}.find("'x' (inline_test.cpp:")
          != std::string::npos);
  }
  CHECK(s.run({{x, 3.0}}, y).item() == 6);
}
