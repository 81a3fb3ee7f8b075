// Elementwise ops: broadcasting, singular points, integers, conversions.
#include <graph/ops/run.hpp>

#include <cmath>
#include <limits>

using namespace morph;
using namespace morph::test;

namespace {

constexpr auto inf = std::numeric_limits<double>::infinity();
constexpr auto undefined = std::numeric_limits<double>::quiet_NaN();

/// Element of `x` that a result of shape `out` sees at flat position `i`.
double broadcast_element(const tensor& x, const shape& out, int64_t i) {
  int64_t at = 0;
  int64_t stride = 1;
  for (size_t d = out.rank(); d-- > 0;) {
    auto index = i % out[d];
    i /= out[d];
    auto lead = out.rank() - x.rank();
    if (d < lead)
      continue;
    if (x.shape()[d - lead] != 1)
      at += index * stride;
    stride *= x.shape()[d - lead];
  }
  return x.data<double>()[at];
}

tensor vec(std::initializer_list<double> xs) {
  return tensor::of<double>({static_cast<int64_t>(xs.size())}, xs);
}

template <class T>
tensor whole(std::initializer_list<T> xs) {
  return tensor::of<T>({static_cast<int64_t>(xs.size())}, xs);
}

} // namespace

TEST_CASE("operands broadcast as in NumPy") {
  struct row {
    shape a;
    shape b;
    shape out;
  };

  const std::vector<row> rows{
    {{}, {}, {}},
    {{}, {3}, {3}},
    {{2, 3}, {3}, {2, 3}},
    {{2, 1}, {3}, {2, 3}},
    {{2, 1, 3}, {4, 1}, {2, 4, 3}},
    {{1, 5, 1, 2}, {3, 1, 4, 1}, {3, 5, 4, 2}},
    {{2, 3, 4}, {2, 1, 4}, {2, 3, 4}},
    {{2, 3, 4}, {3, 1}, {2, 3, 4}},
    {{0, 3}, {3}, {0, 3}},
    {{1, 3}, {0, 1}, {0, 3}},
    {{1, 1}, {1}, {1, 1}},
    {{2, 1, 2, 1, 2, 1, 2, 1}, {2, 1, 2, 1, 2, 1, 2}, {2, 2, 2, 2, 2, 2, 2, 2}},
  };
  sequence random{1};
  for (auto& x : rows) {
    INFO(to_string(x.a) << " and " << to_string(x.b));
    auto a = random.reals(x.a);
    auto b = random.reals(x.b);
    auto out = run("sub", {a, b});
    CHECK(out.shape() == x.out);
    std::vector<double> expected;
    for (int64_t i = 0; i < out.elements(); ++i)
      expected.push_back(broadcast_element(a, x.out, i)
                         - broadcast_element(b, x.out, i));
    CHECK(numbers(out) == expected);
  }
}

TEST_CASE("dynamic extents broadcast as far as they are known") {
  auto sum = [](const shape& a, const shape& b) {
    return infer("add", {{f32, a}, {f32, b}});
  };
  CHECK(sum({dyn, 3}, {3})->shape() == shape{dyn, 3});
  CHECK(sum({dyn}, {1})->shape() == shape{dyn});
  CHECK(sum({dyn}, {7})->shape() == shape{7});
  CHECK(sum({dyn}, {dyn})->shape() == shape{dyn});
  CHECK(sum({dyn}, {0})->shape() == shape{0});
}

TEST_CASE("shapes that do not broadcast are refused by rule and kernel") {
  auto told = infer("add", {{f32, {2, 3}}, {f32, {4}}});
  REQUIRE(!told);
  CHECK(told.error().code == errc::shape_mismatch);
  CHECK(told.error().message
        == "shapes [2, 3] and [4] do not broadcast: axis -1 has extents 3 and "
           "4");
  auto met = run_error("add", {vec({1, 2}), vec({1, 2, 3})});
  CHECK(met.code == errc::shape_mismatch);
}

TEST_CASE("element types never mix") {
  auto e = infer("mul", {{f32, {}}, {f64, {}}}).error();
  CHECK(e.code == errc::dtype_mismatch);
  CHECK(e.message == "element types f32 and f64 do not mix");
  CHECK(e.fix == "convert one operand: cast(x, f32) or cast(x, f64)");
  CHECK(run_error("mul", {tensor::scalar(1.0f), tensor::scalar(1.0)}).code
        == errc::dtype_mismatch);
  CHECK(infer("exp", {{i32, {}}}).error().code == errc::dtype_mismatch);
  CHECK(infer("add", {{boolean, {}}, {boolean, {}}}).error().code
        == errc::dtype_mismatch);
  CHECK(infer("logical_not", {{f32, {}}}).error().code == errc::dtype_mismatch);
}

TEST_CASE("functions have the values of their definitions") {
  struct row {
    const char* op;
    double x;
    double y;
  };

  const std::vector<row> rows{
    {"exp", 1, 2.718281828459045},
    {"log", 10, 2.302585092994046},
    {"log", 0, -inf},
    {"log", -1, undefined},
    {"sqrt", 2, 1.4142135623730951},
    {"rsqrt", 4, 0.5},
    {"reciprocal", -0.25, -4},
    {"square", -3, 9},
    {"tanh", 0.5, 0.46211715726000973},
    {"sigmoid", 0, 0.5},
    {"sigmoid", -800, 0},
    {"sigmoid", 800, 1},
    {"sigmoid", 2, 0.8807970779778823},
    {"relu", -2, 0},
    {"relu", 2, 2},
    {"relu", undefined, undefined},
    {"gelu", 1, 0.8413447460685429},
    {"gelu", -inf, 0},
    {"gelu", inf, inf},
    {"abs", -2, 2},
    {"sign", -2, -1},
    {"sign", 0, 0},
    {"sign", undefined, undefined},
    {"sin", 1, 0.8414709848078965},
    {"cos", 1, 0.5403023058681398},
    {"log1p", 1e-20, 1e-20},
    {"expm1", 1e-20, 1e-20},
    {"erf", 0.5, 0.5204998778130465},
    {"floor", -1.5, -2},
    {"neg", 3, -3},
  };
  for (auto& x : rows) {
    INFO(x.op << "(" << x.x << ")");
    require_close(numbers(run(x.op, {tensor::scalar(x.x)})), {x.y}, 1e-15);
  }
}

TEST_CASE("f32 exponentials are within two units in the last place") {
  const auto limit = std::numeric_limits<float>::infinity();
  std::vector<float> xs{0,      -0.f,   1e-30f, -1e-30f, 88.7f,
                        88.8f,  89.f,   -87.3f, -100.f,  -103.9f,
                        -104.f, -1e30f, limit,  -limit,  std::nanf("")};
  for (auto x = -110.f; x < 95.f; x += 0.0137f)
    xs.push_back(x);
  auto in = tensor::of<float>({static_cast<int64_t>(xs.size())}, xs);
  auto close = [&](const char* op, auto exact) {
    auto out = run(op, {in});
    for (size_t i = 0; i < xs.size(); ++i) {
      INFO(op << "(" << xs[i] << ")");
      auto y = out.data<float>()[i];
      auto want = static_cast<float>(exact(static_cast<double>(xs[i])));
      if (std::isnan(want)) {
        CHECK(std::isnan(y));
        continue;
      }
      auto low = std::nextafter(std::nextafter(want, -limit), -limit);
      auto high = std::nextafter(std::nextafter(want, limit), limit);
      CHECK((y == want || (low <= y && y <= high)));
    }
  };
  close("exp", [](double x) { return std::exp(x); });
  close("tanh", [](double x) { return std::tanh(x); });
  close("sigmoid", [](double x) { return 1 / (1 + std::exp(-x)); });
}

TEST_CASE("NaN prevails in minimum and maximum") {
  auto a = vec({1, undefined, 3, undefined});
  auto b = vec({2, 2, undefined, undefined});
  require_close(numbers(run("minimum", {a, b})),
                {1, undefined, undefined, undefined});
  require_close(numbers(run("maximum", {a, b})),
                {2, undefined, undefined, undefined});
}

TEST_CASE("a product with 0 is 0 for derivative rules") {
  require_close(numbers(run("mul_no_nan", {vec({0, inf, undefined, 2}),
                                           vec({inf, 0, 3, 4})})),
                {0, 0, undefined, 8});
}

TEST_CASE("comparisons give bool and follow IEEE for NaN") {
  auto a = vec({1, 2, undefined});
  auto b = vec({2, 2, undefined});
  using row = std::vector<double>;
  CHECK(numbers(run("less", {a, b})) == row{1, 0, 0});
  CHECK(numbers(run("less_equal", {a, b})) == row{1, 1, 0});
  CHECK(numbers(run("greater", {a, b})) == row{0, 0, 0});
  CHECK(numbers(run("greater_equal", {a, b})) == row{0, 1, 0});
  CHECK(numbers(run("equal", {a, b})) == row{0, 1, 0});
  CHECK(numbers(run("not_equal", {a, b})) == row{1, 0, 1});
  CHECK(run("less", {a, b}).type() == boolean);
}

TEST_CASE("integers wrap around and divide without traps") {
  constexpr auto low = std::numeric_limits<int32_t>::min();
  constexpr auto high = std::numeric_limits<int32_t>::max();
  auto a = whole<int32_t>({high, low, 7, low});
  auto b = whole<int32_t>({1, -1, 0, 1});
  using row = std::vector<double>;
  CHECK(numbers(run("add", {a, b})) == row{low, high, 7, low + 1.0});
  CHECK(numbers(run("div", {a, b})) == row{high, low, 0, low});
  CHECK(numbers(run("neg", {a})) == row{-1.0 * high, low, -7, low});
  CHECK(numbers(run("abs", {a})) == row{high, low, 7, low});
  CHECK(numbers(run("div", {whole<int64_t>({-7, 7}), whole<int64_t>({2, -2})}))
        == row{-3, -3});
  CHECK(numbers(run("sub", {whole<uint8_t>({3}), whole<uint8_t>({5})}))
        == row{254});
  CHECK(numbers(run("pow", {whole<int64_t>({3, -1, -1, 2, 5}),
                            whole<int64_t>({4, -3, -2, -1, 0})}))
        == row{81, -1, 1, 0, 1});
}

TEST_CASE("a choice takes elements untouched") {
  auto c = tensor::of<bool>({2, 1}, {true, false});
  auto out = run("where", {c, vec({1, 2}), tensor::scalar(undefined)});
  CHECK(out.shape() == shape{2, 2});
  require_close(numbers(out), {1, 2, undefined, undefined});
  CHECK(run_error("where", {vec({1}), vec({1}), vec({1})}).code
        == errc::dtype_mismatch);
  CHECK(run("where", {c, whole<uint8_t>({1, 2}), whole<uint8_t>({3, 4})}).type()
        == u8);
}

TEST_CASE("casts truncate, saturate and keep what fits") {
  auto x = vec({1.9, -1.9, undefined, inf, -inf, 300, -0.5});
  auto as = [&](dtype t) { return numbers(run("cast", {x}, {{"dtype", t}})); };
  using row = std::vector<double>;
  CHECK(as(i32) == row{1, -1, 0, 2147483647, -2147483648.0, 300, 0});
  CHECK(as(u8) == row{1, 0, 0, 255, 0, 255, 0});
  CHECK(as(boolean) == row{1, 1, 1, 1, 1, 1, 1});
  auto large = run("cast", {vec({inf, -inf, 0x1p62})}, {{"dtype", i64}});
  CHECK(large.bit_equal(
    whole<int64_t>({std::numeric_limits<int64_t>::max(),
                    std::numeric_limits<int64_t>::min(), int64_t{1} << 62})));
  CHECK(numbers(run("cast", {whole<int64_t>({257, -1})}, {{"dtype", u8}}))
        == row{1, 255});
  CHECK(numbers(run("cast", {whole<bool>({true, false})}, {{"dtype", f32}}))
        == row{1, 0});
}

TEST_CASE("large tensors give what small ones give") {
  // Long runs take vector paths, single elements do not.
  sequence random{2};
  auto x = random.reals({1003});
  auto y = random.reals({1003});
  for (auto* op : {"add", "mul", "div", "minimum", "exp", "relu"}) {
    INFO(op);
    auto unary = find_op(op)->min_inputs == 1;
    auto out = run(op, unary ? std::vector{x} : std::vector{x, y});
    for (int64_t i = 0; i < 1003; i += 17) {
      auto a = tensor::scalar(x.data<double>()[i]);
      auto b = tensor::scalar(y.data<double>()[i]);
      auto one = run(op, unary ? std::vector{a} : std::vector{a, b});
      CHECK(one.item() == out.data<double>()[i]);
    }
  }
}
