#include "../text/sample_graphs.hpp"

#include <morph/graph/build.hpp>
#include <morph/graph/passes/simplify.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <array>
#include <string>

using namespace morph;

namespace {

/// The sample graphs without user nodes, whose code is not for `interpret`.
graph pure_graph(uint64_t seed) {
  auto g = random_graph(seed, 60);
  return rebuild(g,
                 [](graph& to, const graph_node& n,
                    auto& inputs) -> std::optional<node_id> {
                   if (n.user)
                     return std::nullopt;
                   return copy_node(to, n, inputs);
                 })
    .result;
}

std::vector<port_ref> all_ports(const graph& g) {
  std::vector<port_ref> out;
  for (node_id id = 0; id < g.size(); ++id)
    out.push_back({id, 0});
  return out;
}

/// A quarter of the ports, and all outputs.
std::vector<port_ref> some_ports(const graph& g, uint64_t seed) {
  std::vector<port_ref> out;
  for (node_id id = 0; id < g.size(); ++id)
    if ((id * 7 + seed) % 4 == 0)
      out.push_back({id, 0});
  for (auto& [name, ref] : g.outputs())
    out.push_back(ref);
  return out;
}

std::map<std::string, tensor> inputs_of(const graph& g) {
  std::map<std::string, tensor> out;
  for (auto& n : g.data()->nodes)
    if (n.is(builtin::input)) {
      auto x = tensor::uninitialised(f32, n.outputs[0].shape());
      for (int64_t i = 0; i < x.elements(); ++i)
        x.mutable_data<float>()[i] = 0.37f * static_cast<float>(i) - 1.1f;
      out[n.name] = x;
    }
  return out;
}

/// Values of `ports` are the same bits after a pass.
void check_same_values(const graph& g, const pass_result& after,
                       std::span<const port_ref> ports) {
  auto before = interpret(g, inputs_of(g));
  auto now = interpret(after.result, inputs_of(g));
  for (auto x : ports) {
    auto to = after.find(x);
    REQUIRE(to);
    REQUIRE(before.at(x).bit_equal(now.at(*to)));
  }
}

} // namespace

TEST_CASE("passes: values stay the same, bit for bit") {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    INFO("seed " << seed);
    auto g = pure_graph(seed);
    auto ports = all_ports(g);
    auto roots = some_ports(g, seed);
    check_same_values(g, eliminate_dead_nodes(g, roots), roots);
    check_same_values(g, merge_common_subexpressions(g), ports);
    check_same_values(g, fold_constants(g), ports);
    auto simple = simplify(g, roots);
    check_same_values(g, simple, roots);
    CHECK(simple.result.size() <= g.size());
    CHECK(simple.result.outputs().size() == g.outputs().size());
  }
}

TEST_CASE("passes: simplifying twice does nothing more") {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    auto g = random_graph(seed, 60);
    auto once = simplify(g, some_ports(g, seed));
    std::vector<port_ref> roots;
    for (auto x : some_ports(g, seed))
      roots.push_back(*once.find(x));
    CHECK(same_graph(simplify(once.result, roots).result, once.result));
  }
}

TEST_CASE("passes: names, hints and places of what is kept are kept") {
  for (uint64_t seed = 0; seed < 30; ++seed) {
    auto g = random_graph(seed, 60);
    auto after = simplify(g, all_ports(g));
    for (auto& n : g.data()->nodes) {
      auto& now = after.result[after.find({n.id, 0})->node];
      CHECK(now.hint == n.hint);
      if (n.name.empty())
        continue;
      CHECK(now.name == n.name);
      CHECK(std::string_view{now.file} == n.file);
      CHECK(now.line == n.line);
    }
  }
}

TEST_CASE("dead nodes go, with their outputs, what roots need stays") {
  graph g;
  auto x = g.input("x", f32, {2});
  auto unused = g.input("unused", f32, {2});
  auto w = g.parameter("w", tensor::zeros(f32, {2}));
  auto y = x * w;
  auto dead = y + unused;
  g.output("y", y);
  g.output("dead", dead);
  auto after = eliminate_dead_nodes(g, std::array{y.ref()});
  CHECK(after.result.size() == 3);
  CHECK_FALSE(after.find(dead.ref()));
  CHECK_FALSE(after.find(unused.ref()));
  CHECK(after.result.outputs().contains("y"));
  CHECK_FALSE(after.result.outputs().contains("dead"));
  SECTION("inputs and parameters that are roots stay without readers") {
    auto kept = eliminate_dead_nodes(g, std::array{unused.ref(), w.ref()});
    CHECK(kept.result.size() == 2);
  }
  SECTION("without roots nothing stays") {
    CHECK(eliminate_dead_nodes(g, {}).result.size() == 0);
  }
}

TEST_CASE("equal nodes become one, chains of them too") {
  graph g;
  auto x = g.input("x", f32, {2});
  auto a = exp(x) + tanh(x);
  auto b = exp(x) + tanh(x);
  auto after = merge_common_subexpressions(g);
  CHECK(after.result.size() == 4);
  CHECK(after.find(a.ref()) == after.find(b.ref()));
}

TEST_CASE("what differs in any way does not merge") {
  graph g;
  auto x = g.input("x", f32, {2, 2});
  auto y = g.input("y", f32, {2, 2});
  auto pairs = std::vector<std::pair<expr, expr>>{
    {x, y},
    {g.parameter("p", tensor{1.0}), g.parameter("q", tensor{1.0})},
    {x - y, y - x},
    {sum(x, {0}), sum(x, {1})},
    {g.constant(tensor{0.0}), g.constant(tensor{-0.0})},
    {g.constant(tensor::scalar(0.0f)), g.constant(tensor::scalar(int32_t{0}))},
    {exp(x).pin("a"), exp(x).pin("b")},
    {tanh(x).keep_local(), tanh(x)},
    {sin(x).cache(cache_hint::no_cache), sin(x)},
    {cos(x).named("one"), cos(x).named("two")},
    {g.add(sample_scale{}, x), g.add(sample_scale{}, x)},
  };
  auto after = merge_common_subexpressions(g);
  for (auto& [a, b] : pairs)
    CHECK(after.find(a.ref()) != after.find(b.ref()));
  CHECK(after.result.size() == g.size());
}

TEST_CASE("a merged node takes the name of the one that has one") {
  graph g;
  auto x = g.input("x", f32, {2});
  auto a = exp(x);
  auto b = exp(x).named("b");
  auto c = exp(x);
  auto d = exp(x).named("d");
  auto after = merge_common_subexpressions(g);
  CHECK(after.result.size() == 3);
  CHECK(after.find(a.ref()) == after.find(b.ref()));
  CHECK(after.find(c.ref()) == after.find(b.ref()));
  CHECK(after.result.find("b").ref() == *after.find(b.ref()));
  CHECK(after.result.find("b").node().line == b.node().line);
  CHECK(after.result.find("d").ref() == *after.find(d.ref()));
}

TEST_CASE("constant parts are computed, names and hints stay with them") {
  graph g;
  auto x = g.input("x", f32, {2});
  auto two = g.constant(tensor::full(f32, {2}, 2));
  auto six = (two * two + two).named("six").pin("a");
  auto y = x + six;
  auto after = simplify(g, std::array{y.ref()});
  CHECK(after.result.size() == 3);
  auto& n = after.result.find("six").node();
  CHECK(n.is(builtin::constant));
  CHECK(n.hint.pin == "a");
  CHECK(n.line == six.node().line);
  CHECK(n.attrs.get<tensor>("value").bit_equal(tensor::full(f32, {2}, 6)));
}

TEST_CASE("folding stops where it would cost more than it saves") {
  graph g;
  auto one = g.constant(tensor::scalar(1.0f));
  auto is_folded = [&](const expr& x) {
    auto after = fold_constants(g);
    return after.result[after.find(x.ref())->node].is(builtin::constant);
  };
  CHECK(is_folded(broadcast_to(one, {1 << 10})));
  CHECK_FALSE(is_folded(broadcast_to(one, {1 << 20})));
  CHECK_FALSE(is_folded(exp(one).cache(cache_hint::no_cache)));
  SECTION("in operations") {
    auto big = g.constant(tensor::zeros(f32, {400, 400}));
    auto small = g.constant(tensor::zeros(f32, {20, 20}));
    CHECK(is_folded(matmul(small, small)));
    CHECK_FALSE(is_folded(matmul(big, big)));
  }
  SECTION("in bytes of all nodes") {
    for (int i = 0; i < 70; ++i)
      broadcast_to(one, {1 << 18});
    auto after = fold_constants(g);
    auto folded = std::count_if(after.result.data()->nodes.begin(),
                                after.result.data()->nodes.end(), [](auto& n) {
                                  return n.is(builtin::constant);
                                });
    CHECK(folded <= 66);
    CHECK(folded >= 63);
  }
}

TEST_CASE("what fails to compute is left to fail when it runs") {
  graph g;
  auto table = g.constant(tensor::zeros(f32, {3}));
  auto index = g.constant(tensor::of<int64_t>({1}, {7}));
  auto bad = gather(table, index);
  auto after = fold_constants(g);
  CHECK(after.result[after.find(bad.ref())->node].kind->name == "gather");
}

TEST_CASE("random ops that depend on the step are not folded") {
  graph g;
  auto x = g.constant(tensor::zeros(f32, {4}));
  auto y = dropout(x, 0.5, 1, g.step_number());
  auto after = simplify(g, std::array{y.ref()});
  CHECK_FALSE(after.result[after.find(y.ref())->node].is(builtin::constant));
}

TEST_CASE("a copied graph is another graph") {
  auto g = random_graph(4, 30);
  auto copy = copy_graph(g);
  CHECK(same_graph(g, copy));
  copy.input("further", f32);
  CHECK_FALSE(same_graph(g, copy));
}

TEST_CASE(
  "passes: hundreds of thousands of nodes take linear time and no stack") {
  graph g;
  auto x = g.input("x", f32, {2});
  auto chain_end = x;
  for (int i = 0; i < 100'000; ++i)
    chain_end = g.apply("neg", std::array{chain_end});
  for (int i = 0; i < 100'000; ++i)
    g.apply("exp", std::array{x}).named("e" + std::to_string(i));
  expr last = g.apply("exp", std::array{x});
  auto after = simplify(g, std::array{chain_end.ref(), last.ref()});
  CHECK(after.result.size() == 100'002);
}
