// The rule of one node, compiled.
#include "support.hpp"

#include <morph/autodiff/node_backward.hpp>
#include <morph/autodiff/transforms.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <thread>

using namespace morph;
using support::numbers;
using support::vec;

namespace {

using doubles = std::vector<double>;

std::shared_ptr<const node_rule> rule_of(const expr& y,
                                         std::vector<bool> wants = {}) {
  auto& n = y.node();
  std::vector<port_type> types;
  std::array<bool, 8> mask{};
  for (size_t i = 0; i < n.inputs.size(); ++i) {
    types.push_back(y.data()->type_of(n.inputs[i]));
    mask[i] = wants.empty() || wants[i];
  }
  return unwrap(
    make_node_rule(n, types, std::span{mask}.first(n.inputs.size())));
}

std::vector<value> backward(const node_rule& rule, std::vector<value> in,
                            std::vector<value> out, std::vector<value> d) {
  std::vector<value> gradients(in.size());
  unwrap(rule.run(in, out, d, gradients));
  return gradients;
}

} // namespace

TEST_CASE("a rule keeps what it reads and no more") {
  graph g;
  auto x = g.input("x", f64, {3});
  auto y = g.input("y", f64, {3});
  auto product = rule_of(x * y);
  CHECK(product->reads_input(0));
  CHECK(product->reads_input(1));
  CHECK_FALSE(product->reads_output(0));

  auto one_sided = rule_of(x * y, {true, false});
  CHECK_FALSE(one_sided->reads_input(0));
  CHECK(one_sided->reads_input(1));
  CHECK(one_sided->has_gradient(0));
  CHECK_FALSE(one_sided->has_gradient(1));

  auto sum_rule = rule_of(x + y);
  CHECK_FALSE(sum_rule->reads_input(0));
  CHECK_FALSE(sum_rule->reads_output(0));

  for (auto& z : {exp(x), tanh(x), relu(x), sigmoid(x)}) {
    auto rule = rule_of(z);
    CHECK_FALSE(rule->reads_input(0));
    CHECK(rule->output_use(0) == rule_use::elements);
  }
  auto line = rule_of(sin(x));
  CHECK(line->input_use(0) == rule_use::elements);
  CHECK_FALSE(line->reads_output(0));
}

TEST_CASE("where extents are dynamic, a shape may be all that is kept") {
  graph g;
  auto x = g.input("x", f64, {dyn, 2});
  auto total = rule_of(sum(x));
  CHECK(total->input_use(0) == rule_use::shape);
  auto out = backward(*total, {shape_of(tensor::zeros(f64, {3, 2}))}, {{}},
                      {tensor{2.0}});
  CHECK(as_tensor(out[0]).bit_equal(tensor::full(f64, {3, 2}, 2)));
  // Where they are static, nothing is kept.
  auto z = g.input("z", f64, {3, 2});
  CHECK(rule_of(sum(z))->input_use(0) == rule_use::nothing);
}

TEST_CASE("a stand-in for a shape costs no elements") {
  auto before = tensor_memory_stats().live;
  {
    value big = tensor::zeros(f32, {1000, 1000});
    auto s = shape_of(big);
    big = nullptr;
    CHECK(tensor_memory_stats().live == before);
    CHECK(as_tensor(s).shape() == shape{1000, 1000});
  }
  CHECK(tensor_memory_stats().live == before);
}

TEST_CASE("a compiled rule gives the bits of the inlined one") {
  graph g;
  auto x = g.input("x", f32, {dyn, 4});
  auto w = g.input("w", f32, {4, 3});
  auto b = g.input("b", f32, {3});
  auto seed = g.input("seed", f32, {dyn, 3});
  auto a = tensor::of<float>({2, 4}, {.1f, .2f, -.3f, .4f, 5, -6, 7, 8.8f});
  auto m = tensor::of<float>({4, 3}, {1, 2, 3, .4f, .5f, .6f, -7, -8, 9, .1f,
                                      .11f, .12f});
  auto c = tensor::of<float>({3}, {.7f, .8f, .9f});
  auto d = tensor::of<float>({2, 3}, {.1f, -.2f, .3f, .4f, -.5f, .6f});
  for (auto& y : {matmul(x, w), gelu(matmul(x, w)), matmul(x, w) / b,
                  log_softmax(matmul(x, w)), maximum(matmul(x, w), b)}) {
    // Given the inputs of the last node
    auto& n = y.node();
    exprs in;
    for (auto& p : n.inputs)
      in.emplace_back(y.data(), p);
    const support::feeds fed{{x, a}, {w, m}, {b, c}, {seed, d}};
    exprs all = in;
    all.push_back(y);
    auto values = support::run(all, fed);
    // When the rule runs alone and inlined
    auto rule = rule_of(y);
    std::vector<value> forward{values.begin(), values.end() - 1};
    auto alone = backward(*rule, forward, {values.back()}, {d});
    auto inlined = support::run(vjp({y}, in, {seed}), fed);
    for (size_t i = 0; i < in.size(); ++i)
      CHECK(as_tensor(alone[i]).bit_equal(inlined[i]));
  }
}

TEST_CASE("no cotangent, no gradients") {
  graph g;
  auto x = g.input("x", f64);
  auto rule = rule_of(exp(x));
  CHECK_FALSE(backward(*rule, {tensor{1.0}}, {tensor{1.0}}, {{}})[0]);
}

TEST_CASE("ops without a derivative have a rule that gives none") {
  graph g;
  auto x = g.input("x", f64, {3});
  auto i = g.input("i", i64, {2});
  auto rule = rule_of(floor(x));
  CHECK_FALSE(rule->reads_input(0));
  CHECK_FALSE(rule->has_gradient(0));
  CHECK_FALSE(backward(*rule, {{}}, {{}}, {vec({1, 2, 3})})[0]);
  auto rows = rule_of(gather(x, i));
  CHECK(rows->has_gradient(0));
  CHECK_FALSE(rows->has_gradient(1));
  CHECK(rows->input_use(0) == rule_use::shape);
}

TEST_CASE("equal nodes share one rule") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.input("y", f32);
  auto a = rule_of(sin(x));
  CHECK(a == rule_of(sin(sin(x))));
  CHECK(a != rule_of(sin(y)));
  CHECK(a != rule_of(cos(x)));
  auto m = g.input("m", f64, {2, 3});
  CHECK(rule_of(sum(m, {0})) == rule_of(sum(m, {0})));
  CHECK(rule_of(sum(m, {0})) != rule_of(sum(m, {1})));
  CHECK(rule_of(m * m, {true, false}) != rule_of(m * m));
}

TEST_CASE("threads that make equal rules get one") {
  graph g;
  auto x = g.input("x", f64, {7});
  auto y = tanh(x);
  std::array<std::shared_ptr<const node_rule>, 4> rules;
  std::vector<std::thread> threads;
  for (auto& r : rules)
    threads.emplace_back([&] { r = rule_of(y); });
  for (auto& t : threads)
    t.join();
  for (auto& r : rules)
    CHECK(r == rules[0]);
}

TEST_CASE("an error leaves the name to the caller") {
  graph g;
  auto x = g.input("x", f64, {dyn, 2});
  auto rule = rule_of(inverse(x));
  std::vector<value> in{tensor::zeros(f64, {2, 2})};
  std::vector<value> out{tensor::zeros(f64, {3, 2})};
  std::vector<value> d{tensor::zeros(f64, {2, 2})};
  std::vector<value> gradients(1);
  auto done = rule->run(in, out, d, gradients);
  REQUIRE_FALSE(done);
  CHECK(done.error().node.empty());
  CHECK(done.error().where.line == 0);
}
