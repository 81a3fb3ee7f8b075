// The checker finds what is wrong and passes what is right.
#include "support.hpp"

#include <morph/autodiff/gradcheck.hpp>

#include <catch2/catch.hpp>

#include <cmath>

using namespace morph;
using support::vec;

namespace {

// Huber's loss, as a user would write it.
struct huber : node<huber> {
  double delta = 1;
  double fault = 1;

  tensor forward(const tensor& r) const {
    return map(r, [&](double x) {
      auto a = std::abs(x);
      return a <= delta ? 0.5 * x * x : delta * (a - 0.5 * delta);
    });
  }

  tensor backward(const tensor& r, const tensor& dy) const {
    auto slopes = map(r, [&](double x) {
      return std::abs(x) <= delta ? x : fault * std::copysign(delta, x);
    });
    auto out = support::numbers(slopes);
    auto g = support::numbers(dy);
    for (size_t i = 0; i < out.size(); ++i)
      out[i] *= g[i];
    return make(r, out);
  }

  template <class F>
  static tensor map(const tensor& r, F f) {
    auto out = support::numbers(r);
    for (auto& x : out)
      x = f(x);
    return make(r, out);
  }

  static tensor make(const tensor& like, const std::vector<double>& xs) {
    if (like.type() == f64)
      return tensor::of<double>(like.shape(), xs);
    return tensor::of<float>(like.shape(),
                             std::vector<float>{xs.begin(), xs.end()});
  }
};

struct sum_and_product : node<sum_and_product> {
  std::tuple<tensor, tensor> forward(const tensor& a, const tensor& b) const {
    return {tensor{a.item() + b.item()}, tensor{a.item() * b.item()}};
  }

  std::tuple<tensor, tensor> backward(const tensor& a, const tensor& b,
                                      const tensor& ds,
                                      const tensor& dp) const {
    auto s = ds ? ds.item() : 0;
    auto p = dp ? dp.item() : 0;
    return {tensor{s + p * b.item()}, tensor{s + p * a.item()}};
  }
};

struct misdeclared : node<misdeclared> {
  tensor forward(const tensor& x) const {
    return tensor{x.data<double>()[0]};
  }

  tensor backward(const tensor& x, const tensor&) const {
    return x;
  }
};

} // namespace

TEST_CASE("a right backward passes") {
  auto report = unwrap(check_node(huber{}, {vec({0.3, -0.2, 2, -5})}));
  CHECK(report.passed);
  CHECK(report.compared == 4);
  CHECK(report.worst < 1e-9);
  CHECK_FALSE(report.forward_mode);
}

TEST_CASE("a right backward passes in f32") {
  auto x = tensor::of<float>({3}, {0.25f, -4, 2});
  CHECK(unwrap(check_node(huber{}, {x})).passed);
}

TEST_CASE("a wrong backward fails and shows where") {
  huber wrong;
  wrong.fault = 1.5;
  auto report = unwrap(check_node(wrong, {vec({0.3, -0.2, 2, -5})}));
  CHECK_FALSE(report.passed);
  CHECK(report.worst > 0.1);
  CHECK_THAT(report.failing_case, Catch::Contains("at [2]")
                                    && Catch::Contains("backward")
                                    && Catch::Contains("differences"));
  auto e = to_error(report);
  CHECK(e.code == errc::gradient_check_failed);
  CHECK_THAT(to_string(report), Catch::StartsWith("failed"));
}

TEST_CASE("nodes with several inputs and outputs are checked") {
  auto report
    = unwrap(check_node(sum_and_product{}, {tensor{3.0}, tensor{4.0}}));
  CHECK(report.passed);
  CHECK(report.compared == 2);
}

TEST_CASE("an output that is not what the node declares is an error") {
  auto report = check_node(misdeclared{}, {vec({1, 2})});
  REQUIRE_FALSE(report);
  CHECK(report.error().code == errc::type_mismatch);
  CHECK_THAT(report.error().fix, Catch::Contains("output_type"));
}

TEST_CASE("a loss is checked in all its parameters, in f64") {
  graph g;
  auto x = g.input("x", f32, {dyn, 2});
  auto w = g.parameter("w", tensor::of<float>({2, 3}, {1, -2, 3, .4f, 5, 6}));
  auto b = g.parameter("b", tensor::of<float>({3}, {.1f, .2f, .3f}));
  auto labels = g.constant(tensor::of<int64_t>({2}, {0, 2}));
  auto loss = cross_entropy(tanh(matmul(x, w) + b), labels);
  auto size = g.size();
  auto report = unwrap(check_gradients(
    g, loss, {w, b, x}, {{x, tensor::of<float>({2, 2}, {.1f, .2f, .3f, 1})}}));
  CHECK(report.passed);
  CHECK(report.worst < 1e-8);
  CHECK(report.forward_mode);
  CHECK(report.compared == 6 + 3 + 4 + 1);
  CHECK(g.size() == size);
}

TEST_CASE("what cannot be checked is an error") {
  graph g;
  auto x = g.input("x", f64, {2});
  auto y = square(x);
  auto unfed = check_gradients(g, sum(y), {x});
  REQUIRE_FALSE(unfed);
  CHECK(unfed.error().code == errc::missing_input);
  CHECK(unfed.error().node == "x");
  auto not_scalar = check_gradients(g, y, {x}, {{x, vec({1, 2})}});
  REQUIRE_FALSE(not_scalar);
  CHECK(not_scalar.error().code == errc::non_scalar_loss);
  auto inner = check_gradients(g, sum(y), {y}, {{x, vec({1, 2})}});
  REQUIRE_FALSE(inner);
  CHECK(inner.error().code == errc::missing_input);
  auto wrong = check_gradients(g, sum(y), {x}, {{x, vec({1, 2, 3})}});
  REQUIRE_FALSE(wrong);
  CHECK(wrong.error().code == errc::type_mismatch);
}
