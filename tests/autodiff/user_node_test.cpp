// Gradients through nodes that users define.
#include "support.hpp"

#include <morph/autodiff/transforms.hpp>
#include <morph/autodiff/user_backward.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using support::numbers;
using support::run;
using support::vec;

namespace {

using doubles = std::vector<double>;

// scale * x, with state that travels.
struct scaler : node<scaler> {
  double scale = 1;

  tensor forward(const tensor& x) const {
    return times(x);
  }

  tensor backward(const tensor&, const tensor& dy) const {
    return times(dy);
  }

  tensor times(const tensor& x) const {
    auto out = support::numbers(x);
    for (auto& y : out)
      y *= scale;
    return tensor::of<double>(x.shape(), out);
  }

  template <class F>
  friend bool inspect(F& f, scaler& x) {
    return f.object(x).fields(f.field("scale", x.scale));
  }
};

// (a + b, a - b, a * b) of numbers; b gets no gradient from the last one.
struct three_outputs : node<three_outputs> {
  std::tuple<tensor, tensor, tensor> forward(const tensor& a,
                                             const tensor& b) const {
    auto x = a.item();
    auto y = b.item();
    return {tensor{x + y}, tensor{x - y}, tensor{x * y}};
  }

  std::tuple<tensor, tensor> backward(const tensor&, const tensor& b,
                                      const tensor& sum,
                                      const tensor& difference,
                                      const tensor& product) const {
    double da = 0;
    double db = 0;
    if (sum) {
      da += sum.item();
      db += sum.item();
    }
    if (difference) {
      da += difference.item();
      db -= difference.item();
    }
    if (!product)
      return {tensor{da}, tensor{db}};
    return {tensor{da + product.item() * b.item()}, tensor{}};
  }
};

// A point in the plane, with a gradient of its own type.
struct point {
  double x = 0;
  double y = 0;

  friend point add(const point& a, const point& b) {
    return {a.x + b.x, a.y + b.y};
  }

  template <class F>
  friend bool inspect(F& f, point& p) {
    return f.object(p).fields(f.field("x", p.x), f.field("y", p.y));
  }
};

struct to_point : node<to_point> {
  point forward(const tensor& x) const {
    return {x.data<double>()[0], x.data<double>()[1]};
  }

  tensor backward(const tensor&, const point& dp) const {
    return vec({dp.x, dp.y});
  }
};

struct norm_of_point : node<norm_of_point> {
  tensor forward(const point& p) const {
    return tensor{p.x * p.x + p.y * p.y};
  }

  point backward(const point& p, const tensor& dy) const {
    return {2 * p.x * dy.item(), 2 * p.y * dy.item()};
  }

  port_type output_type(const port_type&) const {
    return {f64, {}};
  }
};

struct no_backward : node<no_backward> {
  tensor forward(const tensor& x) const {
    return x;
  }
};

struct wrong_shape : node<wrong_shape> {
  tensor forward(const tensor& x) const {
    return x;
  }

  tensor backward(const tensor&, const tensor&) const {
    return vec({1, 2, 3, 4});
  }
};

struct accumulator : node<accumulator> {
  double total = 0;

  tensor forward(const tensor& x) {
    total += x.item();
    return tensor{total};
  }

  tensor backward(const tensor&, const tensor& dy) const {
    return dy;
  }
};

error failure_of(const std::function<void()>& f) {
  try {
    f();
  } catch (const failure& x) {
    return x.value();
  }
  return {};
}

} // namespace

TEST_CASE("gradients flow through a user node") {
  graph g;
  auto x = g.input("x", f64, {2});
  auto y = g.add(scaler{{}, 3}, square(x));
  auto d = grad(sum(y), x);
  CHECK(numbers(d, {{x, vec({1, 2})}}) == doubles{6, 12});
}

TEST_CASE("of three outputs, those that matter get a cotangent") {
  graph g;
  auto a = g.input("a", f64);
  auto b = g.input("b", f64);
  auto y = g.add(three_outputs{}, a, b);
  const support::feeds fed{{a, tensor{5.0}}, {b, tensor{7.0}}};
  auto at = [&](const expr& loss) {
    auto out = run(grad(loss, {a, b}), fed);
    return doubles{out[0].item(), out[1].item()};
  };
  CHECK(at(y.output(1) * 2) == doubles{2, -2});
  CHECK(at(y.output(0) + y.output(1)) == doubles{2, 0});
  // Where the node answers "none", the gradient is zero.
  CHECK(at(y.output(2)) == doubles{7, 0});
  CHECK(at(y.output(2) + b) == doubles{7, 1});
}

TEST_CASE("cotangents of a user type are summed by its add") {
  graph g;
  auto x = g.input("x", f64, {2});
  auto p = g.add(to_point{}, x);
  auto y = g.add(norm_of_point{}, p);
  auto z = g.add(norm_of_point{}, p);
  auto d = grad(y + 2 * z, x);
  CHECK(numbers(d, {{x, vec({1, 2})}}) == doubles{6, 12});
  CHECK(grad(y, p).type() == p.type());
}

TEST_CASE("a node without backward stops gradients") {
  graph g;
  auto x = g.input("x", f64, {2});
  auto y = g.add(no_backward{}, x) + x;
  CHECK(numbers(grad(sum(y), x), {{x, vec({1, 2})}}) == doubles{1, 1});
  auto v = g.constant(vec({1, 0}));
  CHECK(numbers(jvp({y}, {x}, {v})[0], {{x, vec({1, 2})}}) == doubles{1, 0});
}

TEST_CASE("second order through a user's backward is refused") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.add(scaler{{}, 3}, x).named("scale");
  auto d = grad(square(y), x);
  for (auto& f : std::vector<std::function<void()>>{
         [&] { grad(d, x); }, [&] { hvp(square(y), x, x); },
         [&] { jvp({y}, {x}, {x}); }}) {
    auto e = failure_of(f);
    CHECK(e.code == errc::not_differentiable);
    CHECK_THAT(e.fix, Catch::Contains("compose ops in forward"));
    CHECK(e.where.line > 0);
  }
}

TEST_CASE("a stateful node cannot have its backward elsewhere") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.add(accumulator{}, x).named("total");
  auto e = failure_of([&] { grad(y, x); });
  CHECK(e.code == errc::not_differentiable);
  CHECK(e.node == "total");
}

TEST_CASE("a gradient of the wrong shape is named") {
  graph g;
  auto x = g.input("x", f64, {2});
  auto d = grad(sum(g.add(wrong_shape{}, x)), x);
  auto e = failure_of([&] { run(d, {{x, vec({1, 2})}}); });
  CHECK(e.code == errc::bad_derivative_rule);
  CHECK_THAT(e.message, Catch::Contains("f64[4]") && Catch::Contains("f64[2]"));
  CHECK(e.where.line > 0);
}

TEST_CASE("backward nodes travel with the user's state") {
  register_derivative_nodes();
  register_node<scaler>();
  const user_node_model<scaler> forward{scaler{{}, 4}};
  const user_backward original{forward, {true}, {true}};
  REQUIRE(original.movable());
  byte_writer w;
  REQUIRE(original.save(w));
  auto bytes = w.take();
  auto copy = make_user_node(original.type_name());
  REQUIRE(copy);
  byte_reader r{bytes};
  REQUIRE(copy->load(r));
  CHECK(copy->num_inputs() == 2);
  CHECK(copy->num_outputs() == 1);
  std::vector<value> in{vec({1}), vec({2})};
  auto out = copy->forward(in);
  REQUIRE(out);
  CHECK(numbers(as_tensor((*out)[0])) == doubles{8});
  // Truncated bytes are refused.
  for (size_t n = 0; n < bytes.size(); ++n) {
    auto other = make_user_node(original.type_name());
    byte_reader cut{std::span{bytes}.first(n)};
    CHECK_FALSE(other->load(cut));
  }
}
