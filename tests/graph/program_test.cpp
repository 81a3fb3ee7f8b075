// A program runs part of a graph without the graph.
#include <morph/graph/graph.hpp>
#include <morph/graph/program.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <optional>
#include <thread>

using namespace morph;

namespace {

// Ops of this test alone, so that it depends on no row of the table.
result<void> add_numbers(std::span<const value> in, std::span<value> out,
                         const attributes& attrs) {
  auto x = attrs.get_or<double>("plus", 0.0);
  for (auto& y : in)
    x += as_tensor(y).item();
  out[0] = tensor{x};
  return {};
}

result<void> fail_always(std::span<const value>, std::span<value>,
                         const attributes&) {
  return fail(errc::not_positive_definite, "pivot 3 is -1");
}

result<void> throw_always(std::span<const value>, std::span<value>,
                          const attributes&) {
  throw failure{error{errc::allocation_too_large, "no memory"}};
}

result<void> split(std::span<const value> in, std::span<value> out,
                   const attributes&) {
  auto x = as_tensor(in[0]).item();
  out[0] = tensor{x + 1};
  out[1] = tensor{x + 2};
  out[2] = tensor{x + 3};
  return {};
}

const op add_op{"add_numbers", 1,           any_number, 1,
                nullptr,       add_numbers, nullptr,    ""};
const op fail_op{"fail_always", 1, 1, 1, nullptr, fail_always, nullptr, ""};
const op throw_op{"throw_always", 1, 1, 1, nullptr, throw_always, nullptr, ""};
const op split_op{"split", 1, 1, 3, nullptr, split, nullptr, ""};

expr append(graph& g, const op& kind, const std::vector<expr>& inputs,
            double plus = 0) {
  graph_node n;
  n.kind = &kind;
  for (auto& x : inputs)
    n.inputs.push_back(x.ref());
  n.outputs.resize(kind.outputs, port_type{f64, {}});
  n.attrs.set("plus", plus);
  n.file = "model.cpp";
  n.line = 42;
  return g.append(std::move(n));
}

program compile(const graph& g, const std::vector<expr>& inputs,
                const std::vector<expr>& outputs) {
  std::vector<port_ref> in;
  std::vector<port_ref> out;
  for (auto& x : inputs)
    in.push_back(x.ref());
  for (auto& x : outputs)
    out.push_back(x.ref());
  return unwrap(program::make(*g.data(), in, out));
}

std::vector<double> run(const program& p, std::vector<double> inputs) {
  std::vector<value> in;
  for (auto x : inputs)
    in.push_back(tensor{x});
  std::vector<double> out;
  for (auto& x : unwrap(p.run(in)))
    out.push_back(as_tensor(x).item());
  return out;
}

// Counts how often it has been called.
struct counter : node<counter> {
  double calls = 0;

  tensor forward(const tensor& x) {
    calls += 1;
    return tensor{x.item() + calls};
  }
};

struct pair_maker : node<pair_maker> {
  std::tuple<tensor, tensor> forward(const tensor& x) const {
    return {tensor{x.item() * 2}, tensor{x.item() * 3}};
  }
};

struct thrower : node<thrower> {
  tensor forward(const tensor&) const {
    throw std::runtime_error{"the camera is unplugged"};
  }
};

} // namespace

TEST_CASE("a program computes the outputs from the inputs") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.input("y", f64);
  auto s = append(g, add_op, {x, y}, 10);
  auto t = append(g, add_op, {s, s, x});
  auto p = compile(g, {x, y}, {t, s});
  CHECK(p.size() == 2);
  CHECK(run(p, {1, 2}) == std::vector<double>{27, 13});
  CHECK(run(p, {0, 0}) == std::vector<double>{20, 10});
}

TEST_CASE("a program outlives its graph") {
  std::optional<program> p;
  {
    graph g;
    auto x = g.input("x", f64);
    auto c = g.constant(tensor{5.0});
    p = compile(g, {x}, {append(g, add_op, {x, c}, 1)});
  }
  CHECK(run(*p, {1}) == std::vector<double>{7});
}

TEST_CASE("what lies before a given port is not computed") {
  graph g;
  auto x = g.input("x", f64);
  auto broken = append(g, fail_op, {x});
  auto y = append(g, add_op, {broken}, 1);
  auto p = compile(g, {broken}, {y});
  CHECK(p.size() == 1);
  CHECK(run(p, {3}) == std::vector<double>{4});
}

TEST_CASE("inputs, constants and repeated ports may be outputs") {
  graph g;
  auto x = g.input("x", f64);
  auto c = g.constant(tensor{5.0});
  auto y = append(g, add_op, {x}, 1);
  auto p = compile(g, {x}, {y, x, c, y});
  CHECK(run(p, {1}) == std::vector<double>{2, 1, 5, 2});
}

TEST_CASE("an input that is given twice is read once") {
  graph g;
  auto x = g.input("x", f64);
  auto y = append(g, add_op, {x, x});
  auto p = compile(g, {x, x}, {y});
  CHECK(p.reads(0));
  CHECK_FALSE(p.reads(1));
  CHECK(run(p, {2, 100}) == std::vector<double>{4});
}

TEST_CASE("inputs that nothing reads may be null") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.input("y", f64);
  auto p = compile(g, {x, y}, {append(g, add_op, {y}, 1)});
  CHECK_FALSE(p.reads(0));
  std::vector<value> in{value{}, tensor{1.0}};
  CHECK(as_tensor(unwrap(p.run(in))[0]).item() == 2);
}

TEST_CASE("a program needs every input of its part") {
  graph g;
  auto x = g.input("x", f64);
  auto w = g.parameter("w", tensor{1.0});
  auto y = append(g, add_op, {x, w});
  std::vector<port_ref> in{x.ref()};
  std::vector<port_ref> out{y.ref()};
  auto p = program::make(*g.data(), in, out);
  REQUIRE_FALSE(p);
  CHECK(p.error().code == errc::missing_input);
  CHECK(p.error().node == "w");
  CHECK(p.error().where.line > 0);
}

TEST_CASE("an empty program runs") {
  CHECK(run(program{}, {}).empty());
}

TEST_CASE("outputs of a node that nobody reads do no harm") {
  graph g;
  auto x = g.input("x", f64);
  auto y = append(g, split_op, {x});
  auto z = append(g, add_op, {y.output(1), x});
  CHECK(run(compile(g, {x}, {z}), {1}) == std::vector<double>{4});
  // Given another port of the same node, the given value counts.
  auto both = append(g, add_op, {y.output(0), y.output(2)});
  auto p = compile(g, {x, y.output(0)}, {both});
  CHECK(run(p, {1, 100}) == std::vector<double>{104});
}

TEST_CASE("intermediates are released at their last use") {
  // Given a chain of tensors of 1 MB
  static constexpr auto grow
    = [](std::span<const value> in, std::span<value> out, const attributes&) {
        out[0] = tensor::zeros(f64, as_tensor(in[0]).shape());
        return result<void>{};
      };
  static const op grow_op{"grow", 1, 1, 1, nullptr, +grow, nullptr, ""};
  graph g;
  auto x = g.input("x", f64, {131072});
  auto y = x;
  for (int i = 0; i < 100; ++i)
    y = append(g, grow_op, {y});
  auto p = compile(g, {x}, {y});
  std::vector<value> in{tensor::zeros(f64, {131072})};
  // When it runs
  auto before = tensor_memory_stats().live;
  reset_tensor_memory_peak();
  auto out = unwrap(p.run(in));
  // Then two of them live at a time, and one remains.
  CHECK(tensor_memory_stats().peak - before <= 2 * 1048576);
  CHECK(tensor_memory_stats().live - before == 1048576);
}

TEST_CASE("an error names the node and its place") {
  graph g;
  auto x = g.input("x", f64);
  auto y = append(g, fail_op, {x});
  y.named("factor");
  auto e = compile(g, {x}, {append(g, add_op, {y})})
             .run(std::vector<value>{tensor{1.0}});
  REQUIRE_FALSE(e);
  CHECK(e.error().code == errc::not_positive_definite);
  CHECK(e.error().node == "factor");
  CHECK(to_string(e.error().where) == "model.cpp:42");

  auto z = append(g, throw_op, {x});
  auto f = compile(g, {x}, {z}).run(std::vector<value>{tensor{1.0}});
  REQUIRE_FALSE(f);
  CHECK(f.error().code == errc::allocation_too_large);
  CHECK(f.error().node == display_name(z.node()));
}

TEST_CASE("a failed run releases everything") {
  graph g;
  auto x = g.input("x", f64);
  auto a = append(g, add_op, {x});
  auto b = append(g, fail_op, {x});
  auto p = compile(g, {x}, {append(g, add_op, {a, b})});
  std::vector<value> in{tensor{1.0}};
  auto before = tensor_memory_stats().live;
  CHECK_FALSE(p.run(in));
  CHECK(tensor_memory_stats().live == before);
}

TEST_CASE("user nodes start each run in their initial state") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.add(counter{}, x);
  auto p = compile(g, {x}, {y});
  CHECK(run(p, {1}) == std::vector<double>{2});
  CHECK(run(p, {1}) == std::vector<double>{2});
}

TEST_CASE("user nodes may have several outputs and may throw") {
  graph g;
  auto x = g.input("x", f64);
  auto y = g.add(pair_maker{}, x);
  CHECK(run(compile(g, {x}, {y.output(1), y.output(0)}), {1})
        == std::vector<double>{3, 2});
  auto z = g.add(thrower{}, x);
  auto e = compile(g, {x}, {z}).run(std::vector<value>{tensor{1.0}});
  REQUIRE_FALSE(e);
  CHECK(e.error().code == errc::node_failed);
  CHECK_THAT(e.error().message, Catch::Contains("camera"));
  CHECK(e.error().node == display_name(z.node()));
}

TEST_CASE("long chains and wide graphs fit") {
  graph g;
  auto x = g.input("x", f64);
  auto y = x;
  for (int i = 0; i < 100'000; ++i)
    y = append(g, add_op, {y}, 1);
  CHECK(run(compile(g, {x}, {y}), {0}) == std::vector<double>{100'000});

  std::vector<expr> all;
  for (int i = 0; i < 1000; ++i)
    all.push_back(append(g, add_op, {x}, i));
  auto s = append(g, add_op, all);
  CHECK(run(compile(g, {x}, {s}), {1}) == std::vector<double>{500'500});
}

TEST_CASE("threads share a program") {
  graph g;
  auto x = g.input("x", f64);
  auto y = x;
  for (int i = 0; i < 20; ++i)
    y = append(g, add_op, {y, x}, i);
  auto p = compile(g, {x}, {y});
  auto expected = run(p, {3});
  std::array<int, 4> wrong{};
  std::vector<std::thread> threads;
  for (auto& n : wrong)
    threads.emplace_back([&] {
      for (int i = 0; i < 500; ++i)
        n += run(p, {3}) != expected;
    });
  for (auto& t : threads)
    t.join();
  CHECK(wrong == std::array<int, 4>{});
}
