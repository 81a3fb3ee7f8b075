// Gradients of what a program did, compared bit for bit with the gradients of
// the static graph of the same computation.
#include "autodiff/support.hpp"
#include "support/tree_net.hpp"

#include <morph/autodiff/path/gradients.hpp>
#include <morph/autodiff/transforms.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <thread>

using namespace morph;
using namespace morph::test;

TEST_CASE("a path has the bits of the graph of the same computation",
          "[path]") {
  tree_weights p{1};
  tree_blocks dynamic;
  auto weights = leaves_of(p);
  block plus{"plus", [](expr a, expr b) { return a + b; }};
  std::mt19937 r{2};
  for (int batch = 0; batch < 12; ++batch) {
    unrolled_trees fixed{p};
    traced loss;
    expr expected;
    for (int k = 0; k < 1 + batch % 4; ++k) {
      auto t = random_tree(r, 1 + batch % 6);
      auto x = dynamic.end(dynamic.encode(t, weights)[0]);
      auto y = score(fixed.encode(t)[0]);
      loss = loss ? plus(loss, x) : x;
      expected = expected ? expected + y : y;
    }
    std::vector<expr> wanted{expected};
    for (auto& g : grad(expected, fixed.weights))
      wanted.push_back(g);
    auto all = support::run(wanted, fixed.fed);
    INFO("batch " << batch);
    CHECK(loss.as_tensor().bit_equal(all[0]));
    auto found = gradients(loss, weights);
    for (size_t i = 0; i < found.size(); ++i) {
      INFO("parameter " << i);
      CHECK(found[i].bit_equal(all[i + 1]));
    }
  }
  // Whatever the trees, the parts are compiled once.
  CHECK(dynamic.leaf.compiled() == 1);
  CHECK(dynamic.inner.compiled() == 1);
}

TEST_CASE("a path may loop as long as its data say", "[path]") {
  block halve{"halve", [](expr x, expr w) { return x * w; }};
  auto w = traced::leaf(tensor{0.5});
  auto x = traced::leaf(tensor{100.0});
  auto y = x;
  int n = 0;
  while (y.item() > 1.0) {
    y = halve(y, w);
    ++n;
  }
  CHECK(n == 7);
  auto g = gradients(y, {x, w});
  CHECK(g[0].item() == std::pow(0.5, 7));
  CHECK(g[1].item() == Approx(100 * 7 * std::pow(0.5, 6)));
}

TEST_CASE("a path of a million steps neither recurses nor leaks", "[path]") {
  block next{"next", [](expr x, expr w) { return x + w; }};
  auto w = traced::leaf(tensor{1.0});
  traced x{0.0};
  for (int i = 0; i < 1'000'000; ++i)
    x = next(x, w);
  CHECK(x.item() == 1'000'000);
  CHECK(gradients(x, {w})[0].item() == 1'000'000);
}

TEST_CASE("outputs that nobody uses and branches not taken give none",
          "[path]") {
  block two{"two", [](expr x) { return std::array<expr, 2>{exp(x), log(x)}; }};
  auto x = traced::leaf(tensor{2.0});
  auto unused = traced::leaf(tensor::of<double>({2}, {1, 2}));
  auto [e, l] = two(x);
  CHECK(gradients(e, {x})[0].item() == std::exp(2.0));
  CHECK(gradients(l, {x})[0].item() == 0.5);
  auto g = gradients(e, {unused});
  CHECK(g[0].shape() == shape{2});
  CHECK(g[0].data<double>()[1] == 0);
  // None is no zero: it adds nothing.
  std::vector<traced> outputs{e, l};
  std::vector<value> seeds{value{}, value{}};
  std::vector<traced> leaves{x};
  CHECK_FALSE(pull_back(outputs, seeds, leaves)[0]);
}

TEST_CASE(
  "an input that is an output, or both inputs of a node, has its "
  "gradient",
  "[path]") {
  block same{"same", [](expr x) { return x; }};
  block square{"square", [](expr x) { return x * x; }};
  block mixed{"mixed", [](expr x) { return std::array<expr, 2>{x, x * x}; }};
  block plus{"plus", [](expr a, expr b) { return a + b; }};
  auto x = traced::leaf(tensor{3.0});
  CHECK(gradients(same(x), {x})[0].item() == 1);
  CHECK(gradients(square(x), {x})[0].item() == 6);
  auto m = mixed(x);
  CHECK(gradients(plus(m[0], m[1]), {x})[0].item() == 7);
  CHECK(gradients(x, {x})[0].item() == 1);
}

TEST_CASE("values without gradients pass through a path", "[path]") {
  block pick{"pick", [](expr x, expr i) { return sum(gather(x, i, 0)); }};
  auto x = traced::leaf(tensor::of<double>({3}, {1, 2, 3}));
  auto i = traced::leaf(tensor::of<int64_t>({2}, {2, 2}));
  auto y = pick(x, i);
  CHECK(y.item() == 6);
  auto g = gradients(y, {x, i});
  CHECK(g[0].bit_equal(tensor::of<double>({3}, {0, 0, 2})));
  CHECK(g[1].type() == i64);
}

TEST_CASE("a block is compiled once for each combination of types", "[path]") {
  block dot{"dot", [](expr a, expr b) { return sum(a * b); }};
  for (int k = 0; k < 10; ++k)
    for (int64_t n : {2, 3})
      dot(tensor::full(f64, {n}, k), tensor::full(f64, {n}, 1));
  CHECK(dot.compiled() == 2);
}

TEST_CASE("what a block refuses names the line that wrote it", "[path]") {
  block wrong{"wrong", [](expr a, expr b) { return matmul(a, b); }};
  auto a = tensor::zeros(f64, {2, 3});
  try {
    wrong(a, a);
    FAIL("shapes that do not fit were taken");
  } catch (const failure& e) {
    CHECK(e.value().code == errc::shape_mismatch);
    CHECK(to_string(e.value()).find("path_test.cpp:") != std::string::npos);
  }
  block fine{"fine", [](expr x) { return x * 2.0; }};
  auto x = traced::leaf(a);
  auto code_of = [](auto f) {
    try {
      f();
    } catch (const failure& e) {
      return e.value().code;
    }
    return errc::none;
  };
  CHECK(code_of([&] { gradients(fine(x), {x}); }) == errc::non_scalar_loss);
  auto y = fine(traced::leaf(tensor{1.0}));
  CHECK(code_of([&] { gradients(y, {y}); }) == errc::not_differentiable);
  CHECK(code_of([&] { gradients(y, {traced{1.0}}); })
        == errc::not_differentiable);
}

TEST_CASE("many threads run one block", "[path]") {
  block f{"f", [](expr x, expr w) { return sum(tanh(matmul(x, w))); }};
  auto w = traced::leaf(tensor::full(f32, {4, 4}, 0.25));
  std::vector<std::vector<tensor>> found(4);
  std::vector<std::thread> all;
  for (auto& out : found)
    all.emplace_back([&f, &w, &out] {
      for (int64_t rows = 1; rows < 20; ++rows)
        out.push_back(gradients(f(tensor::full(f32, {rows, 4}, 0.5), w),
                                std::vector<traced>{w})[0]);
    });
  for (auto& x : all)
    x.join();
  for (auto& out : found)
    for (size_t i = 0; i < out.size(); ++i)
      CHECK(out[i].bit_equal(found[0][i]));
  CHECK(f.compiled() == 19);
}
