// What holds for the derivatives of every row of the table of ops, at the
// samples with which the rows themselves are tested.
#include "support.hpp"

#include <morph/autodiff/gradcheck.hpp>
#include <morph/autodiff/rule.hpp>
#include <morph/autodiff/transforms.hpp>

#include <catch2/catch.hpp>
#include <graph/ops/samples.hpp>

#include <cmath>

using namespace morph;
using support::numbers;
using test::op_sample;

namespace {

enum class extents { known, dynamic };

tensor converted(const tensor& x, dtype t) {
  if (!is_floating(x.type()) || x.type() == t)
    return x;
  graph g;
  auto in = g.input("x", x.type(), x.shape());
  return support::run(cast(in, t), {{in, x}});
}

// Different weights of both signs.
tensor weights(dtype t, const shape& s, double phase) {
  auto out = tensor::uninitialised(f64, s);
  for (int64_t i = 0; i < out.elements(); ++i)
    out.mutable_data<double>()[i]
      = std::sin(phase + 1.7 * static_cast<double>(i)) + 0.1;
  return converted(out, t);
}

// A sample as a graph of one node.
struct setting {
  graph g;
  exprs inputs;     // Those of the node.
  exprs active;     // Those with gradients.
  exprs directions; // A tangent for each of these.
  support::feeds fed;
  expr y;
  expr w; // A cotangent of y.

  setting(const op_sample& sample, extents e, dtype t = f64) {
    for (auto& given : sample.inputs) {
      auto x = converted(given, t);
      auto s = x.shape();
      for (size_t i = 0; i < s.rank() && e == extents::dynamic; ++i)
        s[i] = dyn;
      auto in = g.input("x" + std::to_string(inputs.size()), x.type(), s);
      inputs.push_back(in);
      fed.emplace_back(in, x);
      if (is_floating(x.type())) {
        active.push_back(in);
        directions.push_back(g.constant(
          weights(x.type(), x.shape(), static_cast<double>(inputs.size()))));
      }
    }
    auto attrs = sample.attrs;
    if (auto* to = attrs.find("dtype");
        to && is_floating(std::get<dtype>(*to)) && t == f32)
      attrs.set("dtype", f32);
    y = g.apply(sample.op, inputs, attrs);
    auto value = support::run(y, fed);
    if (is_floating(value.type()))
      w = g.constant(weights(value.type(), value.shape(), 0));
  }

  leaf_values feeds() const {
    return {fed.begin(), fed.end()};
  }
};

std::vector<op_sample> differentiable_samples() {
  std::vector<op_sample> out;
  for (auto& x : test::op_samples())
    if (find_rule(x.op)->differentiable())
      out.push_back(x);
  return out;
}

double dot(const tensor& a, const tensor& b) {
  auto x = numbers(a);
  auto y = numbers(b);
  REQUIRE(x.size() == y.size());
  double out = 0;
  for (size_t i = 0; i < x.size(); ++i)
    out += x[i] * y[i];
  return out;
}

void check_close(const tensor& a, const tensor& b, double tolerance) {
  CHECK(a.shape() == b.shape());
  auto x = numbers(a);
  auto y = numbers(b);
  REQUIRE(x.size() == y.size());
  for (size_t i = 0; i < x.size(); ++i) {
    CAPTURE(i, x[i], y[i]);
    CHECK(std::abs(x[i] - y[i])
          <= tolerance * std::max({1.0, std::abs(x[i]), std::abs(y[i])}));
  }
}

} // namespace

TEST_CASE("gradients of each op agree with differences") {
  for (auto& sample : differentiable_samples()) {
    CAPTURE(sample.op);
    setting s{sample, extents::known};
    auto report = unwrap(check_gradients(s.g, sum(s.y * s.w), s.active,
                                         s.feeds(), {.tolerance = 1e-8}));
    CAPTURE(report.worst, report.failing_case);
    CHECK(report.passed);
    CHECK(report.forward_mode);
  }
}

TEST_CASE("reverse and forward mode of each op are adjoint") {
  for (auto& sample : differentiable_samples()) {
    CAPTURE(sample.op);
    setting s{sample, extents::known};
    auto tangent = jvp({s.y}, s.active, s.directions)[0];
    auto gradients = vjp({s.y}, s.active, {s.w});
    auto left = dot(support::run(tangent, s.fed), support::run(s.w));
    double right = 0;
    for (size_t i = 0; i < s.active.size(); ++i)
      right += dot(support::run(gradients[i], s.fed),
                   support::run(s.directions[i]));
    // The cast to f32 rounds on the way.
    auto tolerance = s.y.type().type() == f32 ? 1e-6 : 1e-10;
    CHECK(std::abs(left - right) <= tolerance * std::max(1.0, std::abs(left)));
  }
}

TEST_CASE(
  "second derivatives of each op agree, both ways and with "
  "differences") {
  for (auto& sample : differentiable_samples()) {
    CAPTURE(sample.op);
    setting s{sample, extents::known};
    // Given a loss that is curved even where the op is linear
    auto loss = sum(square(s.y) * s.w);
    auto gradients = grad(loss, s.active);
    expr along;
    for (size_t i = 0; i < s.active.size(); ++i) {
      auto term = sum(gradients[i] * s.directions[i]);
      along = along ? along + term : term;
    }
    // Then differences of the gradient, reverse over reverse
    auto report = unwrap(
      check_gradients(s.g, along, s.active, s.feeds(), {.tolerance = 1e-7}));
    CAPTURE(report.worst, report.failing_case);
    CHECK(report.passed);
    // and forward over reverse give one Hessian.
    auto reverse = grad(along, s.active);
    auto forward = hvp(loss, s.active, s.directions);
    auto tolerance = s.y.type().type() == f32 ? 1e-5 : 1e-10;
    for (size_t i = 0; i < s.active.size(); ++i)
      check_close(support::run(reverse[i], s.fed),
                  support::run(forward[i], s.fed), tolerance);
  }
}

TEST_CASE("third derivatives of each op exist") {
  for (auto& sample : differentiable_samples()) {
    CAPTURE(sample.op);
    setting s{sample, extents::known};
    auto x = s.active[0];
    auto loss = sum(square(s.y) * square(s.y) * s.w);
    for (int i = 0; i < 2; ++i)
      loss = sum(grad(loss, x) * s.directions[0]);
    auto report = unwrap(check_gradients(
      s.g, loss, {x}, s.feeds(), {.tolerance = 1e-5, .max_elements = 4}));
    CAPTURE(report.worst, report.failing_case);
    CHECK(report.passed);
  }
}

TEST_CASE("derivatives do not need to know extents beforehand") {
  for (auto& sample : differentiable_samples()) {
    CAPTURE(sample.op);
    setting known{sample, extents::known};
    setting dynamic{sample, extents::dynamic};
    auto run = [](setting& s) {
      auto first = vjp({s.y}, s.active, {s.w});
      auto second = hvp(sum(square(s.y) * s.w), s.active, s.directions);
      auto tangent = jvp({s.y}, s.active, s.directions);
      first.insert(first.end(), second.begin(), second.end());
      first.push_back(tangent[0]);
      return support::run(first, s.fed);
    };
    auto a = run(known);
    auto b = run(dynamic);
    for (size_t i = 0; i < a.size(); ++i)
      check_close(a[i], b[i], 1e-12);
  }
}

TEST_CASE("derivatives of f32 are f32") {
  for (auto& sample : differentiable_samples()) {
    CAPTURE(sample.op);
    setting wide{sample, extents::known};
    setting narrow{sample, extents::known, f32};
    auto a = support::run(vjp({wide.y}, wide.active, {wide.w}), wide.fed);
    auto b
      = support::run(vjp({narrow.y}, narrow.active, {narrow.w}), narrow.fed);
    auto t = support::run(jvp({narrow.y}, narrow.active, narrow.directions),
                          narrow.fed);
    CHECK(t[0].type() == f32);
    for (size_t i = 0; i < a.size(); ++i) {
      CHECK(b[i].type() == f32);
      check_close(a[i], b[i], 1e-3);
    }
  }
}

TEST_CASE("each input alone may have a gradient or a tangent") {
  for (auto& sample : differentiable_samples()) {
    CAPTURE(sample.op);
    setting s{sample, extents::known};
    auto all = vjp({s.y}, s.active, {s.w});
    expr total;
    for (size_t i = 0; i < s.active.size(); ++i) {
      auto one = vjp({s.y}, {s.active[i]}, {s.w})[0];
      CHECK(support::run(one, s.fed).bit_equal(support::run(all[i], s.fed)));
      auto tangent = jvp({s.y}, {s.active[i]}, {s.directions[i]})[0];
      total = total ? total + tangent : tangent;
    }
    auto together = jvp({s.y}, s.active, s.directions)[0];
    check_close(support::run(total, s.fed), support::run(together, s.fed),
                1e-6);
  }
}

TEST_CASE("ops without a derivative stop gradients") {
  for (auto& sample : test::op_samples()) {
    if (find_rule(sample.op)->differentiable())
      continue;
    CAPTURE(sample.op);
    setting s{sample, extents::known};
    if (!s.w)
      continue;
    for (auto& x : s.active) {
      auto d = support::run(vjp({s.y}, {x}, {s.w})[0], s.fed);
      for (auto n : numbers(d))
        CHECK(n == 0);
    }
  }
}
