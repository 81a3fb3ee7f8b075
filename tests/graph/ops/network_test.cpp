// Ops for neural networks: softmax, convolution, pooling.
#include <graph/ops/run.hpp>

#include <cmath>
#include <limits>

using namespace morph;
using namespace morph::test;

namespace {

constexpr auto inf = std::numeric_limits<double>::infinity();
constexpr auto undefined = std::numeric_limits<double>::quiet_NaN();

using row = std::vector<double>;

double dot(const tensor& a, const tensor& b) {
  auto x = numbers(a);
  auto y = numbers(b);
  REQUIRE(x.size() == y.size());
  double out = 0;
  for (size_t i = 0; i < x.size(); ++i)
    out += x[i] * y[i];
  return out;
}

attributes slide(int64_t stride, int64_t padding) {
  return {{"stride", stride}, {"padding", padding}};
}

attributes pool(int64_t kernel, int64_t stride, int64_t padding = 0) {
  return {{"kernel", kernel}, {"stride", stride}, {"padding", padding}};
}

/// Element of an image, 0 in the padding.
double pixel(const tensor& x, int64_t n, int64_t c, int64_t i, int64_t j) {
  auto& s = x.shape();
  if (i < 0 || i >= s[2] || j < 0 || j >= s[3])
    return 0;
  return x.data<double>()[((n * s[1] + c) * s[2] + i) * s[3] + j];
}

/// A convolution in the plainest way.
row plain_conv(const tensor& x, const tensor& w, const shape& out,
               int64_t stride, int64_t padding) {
  row result;
  for (int64_t n = 0; n < out[0]; ++n)
    for (int64_t o = 0; o < out[1]; ++o)
      for (int64_t i = 0; i < out[2]; ++i)
        for (int64_t j = 0; j < out[3]; ++j) {
          double sum = 0;
          for (int64_t c = 0; c < w.shape()[1]; ++c)
            for (int64_t p = 0; p < w.shape()[2]; ++p)
              for (int64_t q = 0; q < w.shape()[3]; ++q)
                sum += pixel(x, n, c, i * stride - padding + p,
                             j * stride - padding + q)
                       * pixel(w, o, c, p, q);
          result.push_back(sum);
        }
  return result;
}

} // namespace

TEST_CASE("softmax is stable and has its limits") {
  attributes last{{"axis", int64_t{-1}}};
  auto both = [&](std::initializer_list<double> xs) {
    auto x = tensor::of<double>({static_cast<int64_t>(xs.size())}, xs);
    return std::pair{numbers(run("softmax", {x}, last)),
                     numbers(run("log_softmax", {x}, last))};
  };
  auto [p, q] = both({1, 2, 3});
  require_close(p,
                {0.09003057317038046, 0.24472847105479767, 0.6652409557748219});
  require_close(q, {-2.4076059644443806, -1.4076059644443806,
                    -0.4076059644443805});
  auto [far, far_log] = both({1000, 0, -1000});
  require_close(far, {1, 0, 0});
  require_close(far_log, {0, -1000, -2000});
  auto [masked, masked_log] = both({0, -inf});
  require_close(masked, {1, 0});
  require_close(masked_log, {0, -inf});
  auto [none, none_log] = both({-inf, -inf});
  require_close(none, {0, 0});
  require_close(none_log, {-inf, -inf});
  auto [all, all_log] = both({inf, 0, inf});
  require_close(all, {0.5, 0, 0.5});
  require_close(all_log, {-std::log(2.0), -inf, -std::log(2.0)});
  auto [lost, lost_log] = both({undefined, 0});
  require_close(lost, {undefined, undefined});
  require_close(lost_log, {undefined, undefined});
}

TEST_CASE("softmax works along any axis") {
  sequence random{20};
  auto x = random.reals({2, 3, 4});
  for (int64_t axis : {0, 1, 2}) {
    auto p = run("softmax", {x}, {{"axis", axis}});
    auto sums
      = numbers(run("sum", {p}, {{"axes", ints{axis}}, {"keepdims", false}}));
    require_close(sums, row(sums.size(), 1.0));
    require_close(numbers(run("log", {p})),
                  numbers(run("log_softmax", {x}, {{"axis", axis}})));
  }
  CHECK(run("softmax", {tensor::zeros(f64, {3, 0})}, {{"axis", int64_t{1}}})
          .elements()
        == 0);
}

TEST_CASE("convolutions are those of plain loops, and adjoint") {
  sequence random{21};

  struct call {
    shape x;
    shape w;
    int64_t stride;
    int64_t padding;
  };

  for (auto& c : std::vector<call>{{{2, 3, 5, 6}, {4, 3, 3, 2}, 1, 0},
                                   {{1, 2, 7, 7}, {3, 2, 3, 3}, 2, 1},
                                   {{2, 1, 4, 4}, {1, 1, 4, 4}, 1, 3},
                                   {{2, 3, 4, 4}, {5, 3, 1, 1}, 1, 0},
                                   {{1, 2, 5, 3}, {2, 2, 2, 3}, 3, 2},
                                   {{1, 1, 1, 1}, {1, 1, 3, 3}, 1, 1},
                                   {{0, 2, 4, 4}, {3, 2, 3, 3}, 1, 0},
                                   {{2, 0, 4, 4}, {3, 0, 3, 3}, 1, 0}}) {
    INFO(to_string(c.x) << " with " << to_string(c.w));
    auto x = random.reals(c.x);
    auto w = random.reals(c.w);
    auto attrs = slide(c.stride, c.padding);
    auto y = run("conv2d", {x, w}, attrs);
    require_close(numbers(y), plain_conv(x, w, y.shape(), c.stride, c.padding));
    auto g = random.reals(y.shape());
    auto along = dot(y, g);
    CHECK(dot(x, run("conv2d_input_grad", {g, w, x}, attrs)) == Approx(along));
    CHECK(dot(w, run("conv2d_weight_grad", {g, x, w}, attrs)) == Approx(along));
  }
}

TEST_CASE("convolutions that do not fit are refused") {
  auto bad = [](const shape& x, const shape& w, int64_t stride = 1,
                int64_t padding = 0) {
    auto out = infer("conv2d", {{f32, x}, {f32, w}}, slide(stride, padding));
    REQUIRE(!out);
    return out.error();
  };
  CHECK(bad({1, 2, 4, 4}, {1, 3, 3, 3}).message
        == "images have 2 channels, filters have 3");
  CHECK(bad({1, 2, 2, 4}, {1, 2, 3, 3}).code == errc::shape_mismatch);
  CHECK(bad({2, 4, 4}, {1, 2, 3, 3}).code == errc::shape_mismatch);
  CHECK(bad({1, 2, 4, 4}, {1, 2, 3, 3}, 0).code == errc::invalid_attribute);
  CHECK(bad({1, 2, 4, 4}, {1, 2, 3, 3}, 1, -1).code == errc::invalid_attribute);
  CHECK(
    infer("conv2d", {{f32, {dyn, 1, 28, 28}}, {f32, {8, 1, 3, 3}}}, slide(1, 1))
      ->shape()
    == shape{dyn, 8, 28, 28});
  CHECK(run_error("conv2d_input_grad",
                  {tensor::zeros(f64, {1, 1, 2, 2}),
                   tensor::zeros(f64, {1, 1, 3, 3}),
                   tensor::zeros(f64, {1, 1, 5, 5})},
                  slide(1, 0))
          .code
        == errc::shape_mismatch);
}

TEST_CASE("pooling by hand") {
  auto x = tensor::of<double>({1, 1, 4, 4}, {1, 2, 5, 3, 4, 3, 5, 0, -1, -2, 7,
                                             8, -3, -4, 9, 6});
  CHECK(numbers(run("max_pool2d", {x}, pool(2, 2))) == row{4, 5, -1, 9});
  CHECK(numbers(run("avg_pool2d", {x}, pool(2, 2)))
        == row{2.5, 3.25, -2.5, 7.5});
  auto g = tensor::of<double>({1, 1, 2, 2}, {10, 20, 30, 40});
  // Of the two fives the first one wins.
  CHECK(numbers(run("max_pool2d_grad", {x, g}, pool(2, 2)))
        == row{0, 0, 20, 0, 10, 0, 0, 0, 30, 0, 0, 0, 0, 0, 40, 0});
  auto negative = tensor::full(f64, {1, 1, 2, 2}, -1);
  CHECK(numbers(run("max_pool2d", {negative}, pool(2, 2, 1)))
        == row{-1, -1, -1, -1});
  CHECK(numbers(run("avg_pool2d", {negative}, pool(2, 2, 1)))
        == row{-0.25, -0.25, -0.25, -0.25});
}

TEST_CASE("pooling and its adjoints belong together") {
  sequence random{22};
  auto x = random.reals({2, 3, 7, 6});
  for (auto& attrs : {pool(2, 2), pool(3, 1, 1), pool(3, 2, 2), pool(4, 3)}) {
    auto y = run("max_pool2d", {x}, attrs);
    CHECK(run("max_pool2d_pick", {x, x}, attrs).bit_equal(y));
    auto g = random.reals(y.shape());
    auto t = random.reals(x.shape());
    CHECK(dot(run("max_pool2d_grad", {x, g}, attrs), t)
          == Approx(dot(g, run("max_pool2d_pick", {x, t}, attrs))));
    CHECK(dot(run("avg_pool2d", {t}, attrs), g)
          == Approx(dot(t, run("avg_pool2d_grad", {g, t}, attrs))));
  }
}

TEST_CASE("NaN and empty images in pools") {
  auto x = tensor::of<double>({1, 1, 1, 3}, {1, undefined, 2});
  require_close(numbers(run("max_pool2d", {x}, pool(1, 1))), {1, undefined, 2});
  auto wide = tensor::of<double>({1, 1, 2, 2}, {1, undefined, 3, 2});
  require_close(numbers(run("max_pool2d", {wide}, pool(2, 2))), {undefined});
  CHECK(
    run("max_pool2d", {tensor::zeros(f64, {0, 3, 4, 4})}, pool(2, 2)).shape()
    == shape{0, 3, 2, 2});
  CHECK(
    run_error("max_pool2d", {tensor::zeros(f64, {1, 1, 0, 4})}, pool(2, 2, 1))
      .code
    == errc::shape_mismatch);
  CHECK(run_error("max_pool2d", {x}, pool(2, 2, 2)).code
        == errc::invalid_attribute);
  CHECK(run_error("avg_pool2d", {x}, pool(5, 1)).code == errc::shape_mismatch);
}
