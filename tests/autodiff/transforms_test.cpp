// Gradients as graphs: known closed forms, shapes of graphs, refusals.
#include "support.hpp"

#include <morph/autodiff/transforms.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <functional>

using namespace morph;
using support::numbers;
using support::run;
using support::vec;

namespace {

using doubles = std::vector<double>;

errc code_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const failure& x) {
    return x.code();
  }
  return errc::none;
}

} // namespace

TEST_CASE("the gradient of a quadratic form") {
  graph g;
  auto a = g.constant(tensor::of<double>({2, 2}, {2, 1, 1, 3}));
  auto x = g.input("x", f64, {2});
  auto y = 0.5 * sum(x * matmul(a, x));
  auto dx = grad(y, x);
  CHECK(numbers(dx, {{x, vec({1, 2})}}) == doubles{4, 7});
}

TEST_CASE("value_and_grad gives both") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.input("y", f64);
  auto [value, gradients] = value_and_grad(x * y, {x, y});
  auto out = run({value, gradients[0], gradients[1]},
                 {{x, tensor{3.0}}, {y, tensor{4.0}}});
  CHECK(out[0].item() == 12);
  CHECK(out[1].item() == 4);
  CHECK(out[2].item() == 3);
}

TEST_CASE("a diamond sums both ways") {
  graph g;
  auto x = g.input("x", f64);
  auto a = 2 * x;
  auto y = a * a + a;
  CHECK(numbers(grad(y, x), {{x, tensor{3.0}}}) == doubles{26});
}

TEST_CASE("a node used twenty times sums twenty cotangents in order") {
  graph g;
  auto x = g.input("x", f64);
  auto h = identity(x);
  auto y = 1e16 * h;
  for (int i = 1; i < 20; ++i)
    y = y + 1.0 * h;
  // From the left, each 1 is lost beside 1e16.
  CHECK(numbers(grad(y, x), {{x, tensor{1.0}}}) == doubles{1e16});
}

TEST_CASE("a seed comes after all consumers") {
  graph g;
  auto x = g.input("x", f64);
  auto h = identity(x);
  auto y = 1e16 * h;
  auto z = -1e16 * h;
  auto one = g.constant(tensor{1.0});
  auto dx = vjp({h, y, z}, {x}, {one, one, one})[0];
  // (1e16 - 1e16) + 1, not (1 + 1e16) - 1e16.
  CHECK(numbers(dx, {{x, tensor{1.0}}}) == doubles{1});
}

TEST_CASE("unused outputs and non-differentiable consumers do no harm") {
  graph g;
  auto x = g.input("x", f64, {3});
  auto y = square(x);
  argmax(y);
  exp(y);
  auto dx = grad(sum(where(greater(y, 1), y, 0)), x);
  CHECK(numbers(dx, {{x, vec({0.5, 2, -3})}}) == doubles{0, 4, -6});
}

TEST_CASE("an input that does not matter gets zeros") {
  graph g;
  auto x = g.input("x", f64, {2});
  auto y = g.input("y", f32, {3});
  auto z = g.input("z", f64, {2});
  auto d = grad(sum(floor(x) + stop_gradient(z) + z), {x, y, z});
  auto out = run(
    d, {{x, vec({1, 2})}, {y, tensor::zeros(f32, {3})}, {z, vec({1, 2})}});
  CHECK(numbers(out[0]) == doubles{0, 0});
  CHECK(out[1].bit_equal(tensor::zeros(f32, {3})));
  CHECK(numbers(out[2]) == doubles{1, 1});
}

TEST_CASE("gradients in intermediate values include what goes through them") {
  graph g;
  auto x = g.input("x", f64);
  auto h = square(x);
  auto y = h * h;
  auto d = grad(y, {h, x});
  auto out = run(d, {{x, tensor{3.0}}});
  CHECK(out[0].item() == 18);
  CHECK(out[1].item() == 108);
  // The loss itself is an intermediate value, too.
  CHECK(numbers(grad(y, y), {{x, tensor{3.0}}}) == doubles{1});
}

TEST_CASE("several losses are seeds of one pass") {
  graph g;
  auto x = g.input("x", f64, {2});
  auto a = sum(square(x));
  auto b = exp(x);
  auto s = g.constant(tensor{0.5});
  auto t = g.constant(vec({2, 0}));
  auto d = vjp({a, b}, {x}, {s, t})[0];
  auto out = numbers(d, {{x, vec({0, 3})}});
  CHECK(out == doubles{2, 3});
  // A null seed stands for zero.
  CHECK(numbers(vjp({a, b}, {x}, {s, expr{}})[0], {{x, vec({0, 3})}})
        == doubles{0, 3});
}

TEST_CASE("forward mode moves along a tangent") {
  graph g;
  auto x = g.input("x", f64, {2});
  auto v = g.input("v", f64, {2});
  auto y = square(x);
  auto z = floor(x);
  auto d = jvp({y, z, x}, {x}, {v});
  auto out = run(d, {{x, vec({1, 2})}, {v, vec({1, 10})}});
  CHECK(numbers(out[0]) == doubles{2, 40});
  CHECK(numbers(out[1]) == doubles{0, 0});
  CHECK(numbers(out[2]) == doubles{1, 10});
}

TEST_CASE("derivatives of any order of x^5") {
  graph g;
  auto x = g.input("x", f64);
  auto y = pow(x, 5);
  const doubles expected{80, 160, 240, 240, 120, 0};
  for (auto& e : expected) {
    y = grad(y, x);
    CHECK(numbers(y, {{x, tensor{2.0}}})[0] == Approx(e));
  }
}

TEST_CASE("the Hessian-vector product of Rosenbrock's function") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.input("y", f64);
  auto f = square(1 - x) + 100 * square(y - square(x));
  auto u = g.input("u", f64);
  auto v = g.input("v", f64);
  auto d = hvp(f, {x, y}, {u, v});
  // [[1200 x^2 - 400 y + 2, -400 x], [-400 x, 200]]
  auto out = run(
    d,
    {{x, tensor{2.0}}, {y, tensor{3.0}}, {u, tensor{1.0}}, {v, tensor{-1.0}}});
  CHECK(out[0].item() == Approx(4800 - 1200 + 2 + 800));
  CHECK(out[1].item() == Approx(-800 - 200));
}

TEST_CASE("the Hessian-vector product of a quadratic form is the matrix's") {
  graph g;
  auto a = g.constant(tensor::of<double>({2, 2}, {2, 1, 1, 3}));
  auto x = g.input("x", f64, {2});
  auto v = g.constant(vec({1, -1}));
  auto y = 0.5 * sum(x * matmul(a, x));
  CHECK(numbers(hvp(y, x, v), {{x, vec({5, 7})}}) == doubles{1, -2});
}

TEST_CASE("shapes may be known only when values arrive") {
  graph g;
  auto x = g.input("x", f64, {dyn, 2});
  auto w = g.parameter("w", tensor::of<double>({2, 1}, {1, 2}));
  auto b = g.parameter("b", vec({0.5}));
  auto y = mean(square(matmul(x, w) + b));
  auto d = grad(y, {w, b, x});
  for (int64_t n : {1, 3}) {
    auto ones = tensor::full(f64, {n, 2}, 1);
    auto out = run(d, {{x, ones}});
    CHECK(numbers(out[0])[0] == Approx(7));
    CHECK(numbers(out[1])[0] == Approx(7));
    CHECK(out[2].shape() == shape{n, 2});
  }
}

TEST_CASE("nodes of a derivative stand where the user wrote their node") {
  graph g;
  auto x = g.input("x", f64);
  auto y = exp(x);
  auto line = y.node().line;
  auto first = g.size();
  grad(y, x);
  bool found = false;
  for (auto i = first; i < g.size(); ++i)
    found = found || g[static_cast<node_id>(i)].line == line;
  CHECK(found);
}

TEST_CASE("a chain of 100 000 nodes is differentiated without recursion") {
  graph g;
  auto x = g.input("x", f64);
  auto y = x;
  for (int i = 0; i < 100'000; ++i)
    y = sin(y);
  auto before = g.size();
  auto d = grad(y, x);
  // Then the derivative is linear in size
  CHECK(g.size() - before < 3 * before);
  // And right: the orbit of 1 under sin is near sqrt(3 / n).
  double expected = 1;
  double at = 1;
  for (int i = 0; i < 100'000; ++i) {
    expected *= std::cos(at);
    at = std::sin(at);
  }
  CHECK(numbers(d, {{x, tensor{1.0}}})[0] == Approx(expected));
  auto t = jvp({y}, {x}, {g.constant(tensor{1.0})})[0];
  CHECK(numbers(t, {{x, tensor{1.0}}})[0] == Approx(expected));
}

TEST_CASE("the size of a gradient is linear in that of its graph") {
  auto added = [](int n) {
    graph g;
    auto x = g.input("x", f64);
    auto h = x;
    for (int i = 0; i < n; ++i)
      h = h * x + h;
    auto before = g.size();
    grad(h, x);
    return g.size() - before;
  };
  auto ten = added(10);
  auto twenty = added(20);
  CHECK(added(40) - twenty == 2 * (twenty - ten));
}

TEST_CASE("what lies outside the path is not touched") {
  graph g;
  auto x = g.input("x", f64);
  auto h = x;
  for (int i = 0; i < 1000; ++i)
    h = sin(h);
  auto y = square(h);
  auto before = g.size();
  grad(y, h);
  CHECK(g.size() - before < 10);
}

TEST_CASE("a loss must be one number") {
  graph g;
  auto x = g.input("x", f32, {32, 10});
  auto y = exp(x).named("scores");
  try {
    grad(y, x);
    FAIL();
  } catch (const failure& e) {
    CHECK(e.code() == errc::non_scalar_loss);
    CHECK(e.value().node == "scores");
    CHECK(e.value().where.line > 0);
    CHECK_THAT(e.what(), Catch::Contains("f32[32, 10]"));
  }
}

TEST_CASE("seeds and tangents must fit") {
  graph g;
  auto x = g.input("x", f64, {3});
  auto y = exp(x);
  auto wrong_shape = g.constant(vec({1, 2}));
  auto wrong_type = g.constant(tensor::zeros(f32, {3}));
  auto right = g.constant(vec({1, 2, 3}));
  CHECK(code_of([&] { vjp({y}, {x}, {wrong_shape}); }) == errc::seed_mismatch);
  CHECK(code_of([&] { vjp({y}, {x}, {wrong_type}); }) == errc::seed_mismatch);
  CHECK(code_of([&] { vjp({y}, {x}, {}); }) == errc::seed_mismatch);
  CHECK(code_of([&] { jvp({y}, {x}, {wrong_shape}); }) == errc::seed_mismatch);
  CHECK(code_of([&] { jvp({y}, {x}, {right, right}); }) == errc::seed_mismatch);
  CHECK(code_of([&] { vjp({y}, {x}, {right}); }) == errc::none);
}

TEST_CASE("integers carry no gradients") {
  graph g;
  auto x = g.input("x", f64, {3});
  auto n = g.input("n", i64, {3});
  CHECK(code_of([&] { grad(sum(x), n); }) == errc::not_differentiable);
  CHECK(code_of([&] { grad(argmax(x), x); }) == errc::not_differentiable);
  CHECK(code_of([&] { grad(cast(sum(x), i64), x); })
        == errc::not_differentiable);
}

TEST_CASE("graphs do not mix") {
  graph g;
  graph h;
  auto x = g.input("x", f64);
  auto y = h.input("y", f64);
  CHECK(code_of([&] { grad(x, y); }) == errc::foreign_expression);
  CHECK(code_of([&] { grad(expr{}, y); }) == errc::foreign_expression);
  CHECK(code_of([&] { vjp({x}, {x}, {y}); }) == errc::foreign_expression);
}
