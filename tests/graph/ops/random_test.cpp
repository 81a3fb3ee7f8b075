// Counter-based random numbers.
#include <morph/graph/random.hpp>

#include <graph/ops/run.hpp>

#include <cmath>

using namespace morph;
using namespace morph::test;

namespace {

/// Mean and variance.
std::pair<double, double> moments(const tensor& x) {
  double sum = 0;
  double squares = 0;
  for (auto y : numbers(x)) {
    sum += y;
    squares += y * y;
  }
  auto n = static_cast<double>(x.elements());
  return {sum / n, squares / n - sum / n * (sum / n)};
}

} // namespace

TEST_CASE("philox gives the known answers of its authors") {
  using words = std::array<uint32_t, 4>;
  CHECK(philox(0, {0, 0, 0, 0})
        == words{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  CHECK(
    philox(0xffffffffffffffff, {0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff})
    == words{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(
    philox(0x299f31d0a4093822, {0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344})
    == words{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("uniform numbers fill the unit interval evenly") {
  for (auto t : {f32, f64}) {
    auto x = random_uniform(t, {100000}, 1, 2);
    for (auto y : numbers(x))
      REQUIRE((y >= 0 && y < 1));
    auto [mean, variance] = moments(x);
    CHECK(mean == Approx(0.5).margin(0.005));
    CHECK(variance == Approx(1.0 / 12).margin(0.002));
  }
}

TEST_CASE("normal numbers have their moments") {
  for (auto t : {f32, f64}) {
    auto [mean, variance] = moments(random_normal(t, {100001}, 1, 2));
    CHECK(mean == Approx(0).margin(0.02));
    CHECK(variance == Approx(1).margin(0.02));
  }
}

TEST_CASE("a number depends on seed, step and position alone") {
  auto step = tensor::scalar(int64_t{5});
  auto draw = [&](const shape& s, int64_t seed, const tensor& at) {
    return numbers(
      run("random_uniform", {tensor::zeros(f32, s), at}, {{"seed", seed}}));
  };
  auto x = draw({3, 5}, 7, step);
  auto y = draw({2, 3}, 7, step);
  CHECK(std::equal(y.begin(), y.end(), x.begin()));
  CHECK(x == draw({3, 5}, 7, step));
  CHECK(x != draw({3, 5}, 8, step));
  CHECK(x != draw({3, 5}, 7, tensor::scalar(int64_t{6})));
  CHECK(draw({0}, 7, step).empty());
  CHECK(infer("random_uniform", {{i32, {2}}, {i64, {}}}, {{"seed", int64_t{0}}})
          .error()
          .code
        == errc::dtype_mismatch);
  CHECK(
    infer("random_uniform", {{f32, {2}}, {i64, {1}}}, {{"seed", int64_t{0}}})
      .error()
      .code
    == errc::shape_mismatch);
}

TEST_CASE("glorot numbers stay inside of their bound") {
  auto x = glorot_uniform(f64, {30, 20}, 30, 20, "hidden/w", 1);
  auto bound = std::sqrt(6.0 / 50);
  for (auto y : numbers(x))
    REQUIRE(std::abs(y) <= bound);
  auto [mean, variance] = moments(x);
  CHECK(mean == Approx(0).margin(0.05));
  CHECK(variance == Approx(bound * bound / 3).epsilon(0.15));
  CHECK(x.bit_equal(glorot_uniform(f64, {30, 20}, 30, 20, "hidden/w", 1)));
  CHECK(!x.bit_equal(glorot_uniform(f64, {30, 20}, 30, 20, "output/w", 1)));
  CHECK(!x.bit_equal(glorot_uniform(f64, {30, 20}, 30, 20, "hidden/w", 2)));
}
