// Reductions over axes.
#include <graph/ops/run.hpp>

#include <cmath>
#include <limits>

using namespace morph;
using namespace morph::test;

namespace {

constexpr auto undefined = std::numeric_limits<double>::quiet_NaN();

attributes over(ints axes, bool keepdims = false) {
  return {{"axes", std::move(axes)}, {"keepdims", keepdims}};
}

/// Sums in the plainest way: every element is added to where it belongs.
std::vector<double> plain_sum(const tensor& x, const ints& axes) {
  auto folded = [&](size_t d) {
    return axes.empty()
           || std::find(axes.begin(), axes.end(), static_cast<int64_t>(d))
                != axes.end();
  };
  int64_t count = 1;
  for (size_t d = 0; d < x.rank(); ++d)
    count *= folded(d) ? 1 : x.shape()[d];
  std::vector<double> out(static_cast<size_t>(count));
  for (int64_t i = 0; i < x.elements(); ++i) {
    int64_t rest = i;
    int64_t at = 0;
    int64_t stride = 1;
    for (size_t d = x.rank(); d-- > 0;) {
      auto index = rest % x.shape()[d];
      rest /= x.shape()[d];
      if (!folded(d)) {
        at += index * stride;
        stride *= x.shape()[d];
      }
    }
    out[static_cast<size_t>(at)] += x.data<double>()[i];
  }
  return out;
}

} // namespace

TEST_CASE("sums over any axes are those of a plain loop") {
  sequence random{3};
  for (auto& s :
       std::vector<shape>{{3, 4, 5}, {2, 1, 7}, {1, 300, 2}, {4, 3, 19}})
    for (auto& axes : std::vector<ints>{
           {}, {0}, {1}, {2}, {0, 1}, {0, 2}, {1, 2}, {0, 1, 2}}) {
      INFO(to_string(s) << " over " << axes.size());
      auto x = random.reals(s);
      require_close(numbers(run("sum", {x}, over(axes))), plain_sum(x, axes));
      auto kept = run("sum", {x}, over(axes, true));
      CHECK(kept.rank() == 3);
      require_close(numbers(kept), plain_sum(x, axes));
    }
}

TEST_CASE("negative axes count from the end") {
  auto x = tensor::of<double>({2, 3}, {1, 2, 3, 4, 5, 6});
  CHECK(run("sum", {x}, over({-1})).shape() == shape{2});
  CHECK(numbers(run("sum", {x}, over({-1}))) == std::vector<double>{6, 15});
  CHECK(numbers(run("mean", {x}, over({-2})))
        == std::vector<double>{2.5, 3.5, 4.5});
  CHECK(run("max", {x}, over({0, 1}, true)).shape() == shape{1, 1});
}

TEST_CASE("axes that do not exist or repeat are refused") {
  auto bad = [](ints axes) {
    return infer("sum", {{f32, {2, 3}}}, over(std::move(axes))).error();
  };
  CHECK(bad({2}).code == errc::invalid_attribute);
  CHECK(bad({2}).message == "there is no axis 2 in a tensor of rank 2");
  CHECK(bad({-3}).code == errc::invalid_attribute);
  CHECK(bad({1, -1}).message == "axis -1 is named twice");
}

TEST_CASE("long f32 sums keep their digits") {
  // One after the other in f32 this would stop growing at 2^24.
  auto x = tensor::full(f32, {1 << 25}, 1);
  CHECK(run("sum", {x}, over({})).item() == (1 << 25));
  auto y = tensor::full(f32, {100003}, 0.1);
  CHECK(run("mean", {y}, over({})).item() == static_cast<double>(0.1f));
}

TEST_CASE("integer sums wrap around") {
  auto x = tensor::of<int32_t>({2}, {2147483647, 1});
  CHECK(run("sum", {x}, over({})).item() == -2147483648.0);
  CHECK(infer("sum", {{boolean, {2}}}, over({})).error().code
        == errc::dtype_mismatch);
  CHECK(infer("mean", {{i32, {2}}}, over({})).error().code
        == errc::dtype_mismatch);
}

TEST_CASE("extremes let NaN through and find the first of equals") {
  auto x = tensor::of<double>({2, 3}, {1, undefined, 3, 5, 5, 4});
  require_close(numbers(run("max", {x}, over({1}))), {undefined, 5});
  require_close(numbers(run("min", {x}, over({1}))), {undefined, 4});
  auto at = [&](const char* op, int64_t axis) {
    return numbers(run(op, {x}, {{"axis", axis}}));
  };
  CHECK(at("argmax", 1) == std::vector<double>{1, 0});
  CHECK(at("argmin", 1) == std::vector<double>{1, 2});
  CHECK(at("argmax", 0) == std::vector<double>{1, 0, 1});
  CHECK(run("argmax", {x}, {{"axis", int64_t{0}}}).type() == i64);
}

TEST_CASE("extremes of bools are any and all") {
  auto x = tensor::of<bool>({2, 2}, {true, false, false, false});
  CHECK(numbers(run("max", {x}, over({1}))) == std::vector<double>{1, 0});
  CHECK(numbers(run("min", {x}, over({1}))) == std::vector<double>{0, 0});
}

TEST_CASE("reductions of nothing") {
  auto x = tensor::zeros(f64, {0, 3});
  CHECK(numbers(run("sum", {x}, over({0}))) == std::vector<double>{0, 0, 0});
  require_close(numbers(run("mean", {x}, over({0}))),
                {undefined, undefined, undefined});
  CHECK(run_error("max", {x}, over({0})).code == errc::shape_mismatch);
  CHECK(run_error("argmax", {x}, {{"axis", int64_t{0}}}).code
        == errc::shape_mismatch);
  CHECK(run("max", {x}, over({1})).shape() == shape{0});
  CHECK(run("sum", {tensor::scalar(2.0)}, over({})).item() == 2);
}
