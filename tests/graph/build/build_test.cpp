// Builder functions: what they compute and how they fail.
#include <morph/graph/build.hpp>

#include <graph/ops/run.hpp>

#include <cmath>
#include <map>

using namespace morph;
using namespace morph::test;

namespace {

/// Computes `x` node by node.
tensor evaluate(const graph& g, const expr& x,
                const std::map<std::string, tensor>& feeds = {}) {
  std::vector<value> done;
  for (auto& n : g.data()->nodes) {
    std::vector<value> in;
    for (auto& from : n.inputs)
      in.push_back(done[from.node]);
    std::vector<value> out(1);
    if (n.is(builtin::input))
      out[0] = feeds.at(n.name);
    else if (n.is(builtin::parameter))
      out[0] = n.attrs.get<tensor>("init");
    else if (n.is(builtin::constant))
      out[0] = n.attrs.get<tensor>("value");
    else
      unwrap(n.kind->run(in, out, n.attrs));
    INFO(display_name(n));
    CHECK(accepts(n.outputs[0], out[0]));
    done.push_back(out[0]);
  }
  return tensor::from(done[x.ref().node]);
}

tensor vec(std::initializer_list<double> xs) {
  return tensor::of<double>({static_cast<int64_t>(xs.size())}, xs);
}

template <class F>
error thrown_by(F f) {
  try {
    f();
  } catch (const failure& x) {
    return x.value();
  }
  FAIL("nothing was thrown");
  return {};
}

using row = std::vector<double>;

} // namespace

TEST_CASE("operators read like formulas") {
  graph g;
  auto x = g.constant(vec({1, 2, 4}));
  auto y = g.constant(vec({3, 5, 7}));
  CHECK(numbers(evaluate(g, (x + y) * 2 - y / x)) == row{5, 11.5, 20.25});
  CHECK(numbers(evaluate(g, -pow(x, 2) + 1)) == row{0, -3, -15});
  CHECK(numbers(evaluate(g, 1 - x)) == row{0, -1, -3});
  CHECK(numbers(evaluate(g, where(less(x, 2), 0, y))) == row{0, 5, 7});
  CHECK(numbers(evaluate(g, where(less(x, 2), x, -1))) == row{1, -1, -1});
  CHECK(numbers(evaluate(g, maximum(x, 3))) == row{3, 3, 4});
  CHECK(numbers(evaluate(g, concat({x, y}))) == row{1, 2, 4, 3, 5, 7});
  CHECK(numbers(evaluate(g, slice(x, {1}, {slice_end}))) == row{2, 4});
  CHECK(evaluate(g, sum(x)).item() == 7);
}

TEST_CASE("a number takes the type of the other operand, if that can hold it") {
  graph g;
  auto i = g.constant(tensor::of<int32_t>({2}, {6, 9}));
  auto twice = i * 2;
  CHECK(twice.type().type() == i32);
  CHECK(numbers(evaluate(g, twice)) == row{12, 18});
  auto e = thrown_by([&] { i * 0.5; });
  CHECK(e.code == errc::dtype_mismatch);
  CHECK(thrown_by([&] { i + 3e9; }).code == errc::dtype_mismatch);
  auto b = g.constant(tensor::of<uint8_t>({1}, {1}));
  CHECK(thrown_by([&] { b + -1; }).code == errc::dtype_mismatch);
}

TEST_CASE("nodes know the line in user code, in compositions too") {
  graph g;
  auto x = g.input("x", f64, {dyn, 4});
  auto w = g.parameter("w", tensor::full(f64, {4}, 1));
  auto before = g.size();
  auto line = std::source_location::current().line();
  auto y = layer_norm(x * 2, w, w);
  auto z = mse(y, 0) + dropout(sum(y), 0.5, 1, 3);
  for (auto id = before; id < g.size(); ++id) {
    auto& n = g[static_cast<node_id>(id)];
    INFO(display_name(n));
    CHECK(to_string(n.where()).starts_with("build_test.cpp:"));
    CHECK((n.line == line + 1 || n.line == line + 2));
  }
  CHECK(z.type().shape() == shape{});
}

TEST_CASE("a mistake names op, inputs and places") {
  graph g;
  auto x = g.input("x", f32, {2, 3});
  auto y = g.input("y", f64, {2, 3});
  auto e = thrown_by([&] { x + y; });
  CHECK(e.code == errc::dtype_mismatch);
  CHECK(e.message.find("add: element types f32 and f64 do not mix") == 0);
  CHECK(e.message.find("from 'x' (build_test.cpp:") != std::string::npos);
  CHECK(to_string(e.where).starts_with("build_test.cpp:"));
  CHECK(thrown_by([&] { matmul(x, x); }).code == errc::shape_mismatch);
  CHECK(thrown_by([&] { concat(std::vector<operand>{}); }).code
        == errc::wrong_arity);
  CHECK(thrown_by([&] { matrix_transpose(sum(x)); }).code
        == errc::shape_mismatch);
}

TEST_CASE("cross entropy is the mean surprise at the labels") {
  graph g;
  constexpr auto inf = std::numeric_limits<double>::infinity();
  auto logits = g.input("logits", f64, {dyn, 3});
  auto labels = g.input("labels", i64, {dyn});
  auto loss = cross_entropy(logits, labels);
  auto x = tensor::of<double>({2, 3}, {0, 0, 0, 1, 2, -inf});
  auto y = tensor::of<int64_t>({2}, {1, 0});
  auto expected = (std::log(3.0) + std::log(1 + std::exp(1.0))) / 2;
  CHECK(evaluate(g, loss, {{"logits", x}, {"labels", y}}).item()
        == Approx(expected));
  auto bad = tensor::of<int64_t>({2}, {1, 3});
  CHECK(thrown_by([&] {
          evaluate(g, loss, {{"logits", x}, {"labels", bad}});
        }).code
        == errc::index_out_of_range);
  auto open = g.input("open", f64, {2, dyn});
  CHECK(thrown_by([&] { cross_entropy(open, labels); }).code
        == errc::shape_mismatch);
}

TEST_CASE("layer norm has mean beta and deviation gamma") {
  graph g;
  auto x = g.constant(tensor::of<double>({1, 4}, {1, 2, 3, 4}));
  auto gamma = g.constant(tensor::full(f64, {4}, 2));
  auto beta = g.constant(tensor::full(f64, {4}, 1));
  auto scale = 2 / std::sqrt(1.25);
  require_close(numbers(evaluate(g, layer_norm(x, gamma, beta, 0))),
                {1 - 1.5 * scale, 1 - 0.5 * scale, 1 + 0.5 * scale,
                 1 + 1.5 * scale});
}

TEST_CASE("mse and embedding by hand") {
  graph g;
  auto x = g.constant(vec({1, 2}));
  CHECK(evaluate(g, mse(x, g.constant(vec({3, 5})))).item() == 6.5);
  auto table = g.constant(tensor::of<double>({3, 2}, {1, 2, 3, 4, 5, 6}));
  auto ids = g.constant(tensor::of<int64_t>({2}, {2, 0}));
  CHECK(numbers(evaluate(g, embedding(table, ids))) == row{5, 6, 1, 2});
}

TEST_CASE("dropout keeps the expectation and can be repeated") {
  graph g;
  auto x = g.constant(tensor::full(f64, {100000}, 1));
  auto step = g.step_number();
  auto y = dropout(x, 0.25, 9, step);
  auto at = [&](int64_t n) {
    return evaluate(g, y, {{"step", tensor::scalar(n)}});
  };
  auto first = at(1);
  double sum = 0;
  for (auto v : numbers(first)) {
    REQUIRE((v == 0 || v == 1 / 0.75));
    sum += v;
  }
  CHECK(sum / 100000 == Approx(1).margin(0.01));
  CHECK(first.bit_equal(at(1)));
  CHECK(!first.bit_equal(at(2)));
  CHECK(thrown_by([&] { dropout(x, 1, 0, step); }).code
        == errc::invalid_attribute);
}

TEST_CASE("layers bring their parameters") {
  graph g;
  auto x = g.input("x", f32, {dyn, 1, 8, 8});
  auto map = relu(convolution(g, "conv", x, 4, 3, 1, 1, 7));
  auto flat = reshape(max_pool2d(map, 2), {-1, 64});
  auto y = dense(g, "output", flat, 10, 7);
  CHECK(y.type().shape() == shape{dyn, 10});
  CHECK(g.find("conv/w").type().shape() == shape{4, 1, 3, 3});
  CHECK(g.find("conv/b").type().shape() == shape{4, 1, 1});
  CHECK(g.find("output/w").type().shape() == shape{64, 10});
  CHECK(g.find("output/b").type().shape() == shape{10});
  auto out = evaluate(g, y, {{"x", tensor::full(f32, {3, 1, 8, 8}, 0.5)}});
  CHECK(out.shape() == shape{3, 10});
  // The same seed and names give the same network.
  graph h;
  dense(h, "output", h.input("x", f32, {dyn, 64}), 10, 7);
  auto init = [](const graph& from) {
    return from.find("output/w").node().attrs.get<tensor>("init");
  };
  CHECK(init(g).bit_equal(init(h)));
  auto open = g.input("open", f32, {4, dyn});
  CHECK(thrown_by([&] { dense(g, "again", open, 2); }).code
        == errc::shape_mismatch);
  auto whole = g.input("whole", i32, {4, 2});
  CHECK(thrown_by([&] { dense(g, "again", whole, 2); }).code
        == errc::dtype_mismatch);
}
