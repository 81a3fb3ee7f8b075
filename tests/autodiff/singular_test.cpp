// Derivatives where they do not exist or where naive formulas give NaN. The
// table in docs/autodiff.md says the same.
#include "support.hpp"

#include <morph/autodiff/transforms.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>
#include <limits>

using namespace morph;
using support::numbers;
using support::run;
using support::vec;

namespace {

using doubles = std::vector<double>;
constexpr auto infinity = std::numeric_limits<double>::infinity();
constexpr auto not_a_number = std::numeric_limits<double>::quiet_NaN();

struct singular_case {
  const char* name;
  std::function<expr(expr)> f;
  doubles x;
  doubles gradient; // Of sum(f(x)).
};

const std::vector<singular_case>& cases() {
  static const std::vector<singular_case> table{
    {"abs(0)", [](expr x) { return abs(x); }, {0, -2}, {0, -1}},
    {"relu(0)", [](expr x) { return relu(x); }, {0, -1, 2}, {0, 0, 1}},
    {"sqrt(0)", [](expr x) { return sqrt(x); }, {0, 4}, {infinity, 0.25}},
    {"norm of 0", [](expr x) { return sqrt(sum(square(x))); }, {0, 0}, {0, 0}},
    {"norm of 0 by pow",
     [](expr x) { return pow(sum(x * x), 0.5); },
     {0, 0},
     {0, 0}},
    {"x^2 at 0", [](expr x) { return pow(x, 2); }, {0, -3}, {0, -6}},
    {"x^1 at 0", [](expr x) { return pow(x, 1); }, {0}, {1}},
    {"x^0 at 0", [](expr x) { return pow(x, 0); }, {0, 2}, {0, 0}},
    {"x^0.5 at 0", [](expr x) { return pow(x, 0.5); }, {0}, {infinity}},
    {"0^x", [](expr x) { return pow(0, x); }, {0, 1, 2}, {0, 0, 0}},
    {"x^x at 0", [](expr x) { return pow(x, x); }, {0}, {0}},
    {"max ties", [](expr x) { return max(x); }, {1, 0, 1}, {0.5, 0, 0.5}},
    {"min ties", [](expr x) { return min(x); }, {1, 0, 0}, {0, 0.5, 0.5}},
    {"maximum(x, x)", [](expr x) { return maximum(x, x); }, {3}, {1}},
    {"maximum(x, 1) at 1",
     [](expr x) { return maximum(x, 1); },
     {1, 2, 0},
     {0.5, 1, 0}},
    {"minimum(x, 1) at 1",
     [](expr x) { return minimum(x, 1); },
     {1, 2, 0},
     {0.5, 0, 1}},
    {"sign", [](expr x) { return sign(x) * x; }, {0, -2}, {0, -1}},
    {"floor", [](expr x) { return floor(x) + x; }, {0, 1.5}, {1, 1}},
    {"untaken sqrt",
     [](expr x) { return where(greater(x, 0), sqrt(x), 0); },
     {0, -1, 4},
     {0, 0, 0.25}},
    {"untaken log",
     [](expr x) { return where(greater(x, 0), log(x), 0); },
     {0, -1, 4},
     {0, 0, 0.25}},
    {"untaken reciprocal",
     [](expr x) { return where(not_equal(x, 0), reciprocal(x), 0); },
     {0, 2},
     {0, -0.25}},
    {"untaken rsqrt",
     [](expr x) { return where(greater(x, 0), rsqrt(x), 0); },
     {0, 4},
     {0, -0.0625}},
    {"untaken quotient",
     [](expr x) { return where(not_equal(x, 0), (x - x) / x, 0); },
     {0, 2},
     {0, 0}},
    {"untaken exp that overflows",
     [](expr x) { return where(less(x, 100), exp(x) * x, x); },
     {1000, 0},
     {1, 1}},
    {"untaken log1p",
     [](expr x) { return where(greater(x, -1), log1p(x), 0); },
     {-1, 0},
     {0, 1}},
    {"x log x at 0",
     [](expr x) { return where(greater(x, 0), x * log(x), 0); },
     {0, 1},
     {0, 1}},
    {"untaken power",
     [](expr x) { return where(greater(x, 0), pow(x, -1.5), 0); },
     {0, 1},
     {0, -1.5}},
    {"log_softmax with -inf",
     [](expr x) { return slice(log_softmax(x), {1}, {3}); },
     {-infinity, 1, 1},
     {0, 0, 0}},
    {"softmax of -inf alone",
     [](expr x) { return softmax(x); },
     {-infinity, -infinity},
     {0, 0}},
    {"saturated functions",
     [](expr x) { return tanh(x) + sigmoid(x) + gelu(x) + erf(x); },
     {-1000, 1000},
     {0, 1}},
    {"infinite arguments",
     [](expr x) { return tanh(x) + sigmoid(x) + gelu(x) + erf(x); },
     {-infinity, infinity},
     {0, 1}},
    {"NaN elsewhere",
     [](expr x) { return where(equal(x, x), square(x), 0); },
     {not_a_number, 3},
     {0, 6}},
  };
  return table;
}

} // namespace

TEST_CASE("gradients at singular points") {
  for (auto& c : cases()) {
    CAPTURE(c.name);
    graph g;
    auto x = g.input("x", f64, {static_cast<int64_t>(c.x.size())});
    auto y = c.f(x);
    auto d = grad(sum(y), x);
    auto out = numbers(d, {{x, vec(c.x)}});
    REQUIRE(out.size() == c.gradient.size());
    for (size_t i = 0; i < out.size(); ++i) {
      CAPTURE(i, out[i], c.gradient[i]);
      CHECK(
        (out[i] == c.gradient[i] || std::abs(out[i] - c.gradient[i]) < 1e-12));
    }
  }
}

TEST_CASE("second derivatives at singular points are not NaN") {
  for (auto& c : cases()) {
    CAPTURE(c.name);
    graph g;
    auto n = static_cast<int64_t>(c.x.size());
    auto x = g.input("x", f64, {n});
    auto d = grad(sum(c.f(x)), x);
    auto ones = g.constant(tensor::full(f64, {n}, 1));
    auto forward = jvp({d}, {x}, {ones})[0];
    auto reverse = vjp({d}, {x}, {ones})[0];
    for (auto& h : {forward, reverse})
      for (auto y : numbers(h, {{x, vec(c.x)}}))
        CHECK_FALSE(std::isnan(y));
  }
}

TEST_CASE("a zero cotangent does not hide a curvature") {
  // Given a loss with its minimum at x = 1, where the gradient is zero
  graph g;
  auto x = g.input("x", f64);
  auto one = g.constant(tensor{1.0});
  const std::vector<std::pair<expr, double>> losses{
    {square(sqrt(x) - 1), 0.5},  {square(log(x)), 2},
    {square(2 / x - 2), 8},      {square(reciprocal(x) - 1), 2},
    {square(pow(x, 3) - 1), 18},
  };
  for (auto& [y, curvature] : losses) {
    auto d = grad(y, x);
    CHECK(numbers(d, {{x, tensor{1.0}}})[0] == 0);
    // Then its second derivative is not.
    CHECK(numbers(grad(d, x), {{x, tensor{1.0}}})[0] == Approx(curvature));
    CHECK(numbers(hvp(y, x, one), {{x, tensor{1.0}}})[0] == Approx(curvature));
  }
}

TEST_CASE("mul_no_nan is a product that zero wins") {
  graph g;
  auto a = g.input("a", f64, {6});
  auto b = g.input("b", f64, {6});
  auto y = mul_no_nan(a, b);
  support::feeds fed{{a, vec({0, infinity, 0, 2, not_a_number, -0.0})},
                     {b, vec({infinity, 0, not_a_number, 3, 1, 5})}};
  auto out = numbers(y, fed);
  for (size_t i : {0, 1, 2, 5})
    CHECK((out[i] == 0 && !std::signbit(out[i])));
  CHECK(out[3] == 6);
  CHECK(std::isnan(out[4]));
}
