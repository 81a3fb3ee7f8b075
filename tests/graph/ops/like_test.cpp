// Ops that take their shape from a reference.
#include <graph/ops/run.hpp>

using namespace morph;
using namespace morph::test;

namespace {

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

} // namespace

TEST_CASE("summing to a shape is the adjoint of broadcasting to another") {
  sequence random{5};
  const std::vector<std::pair<shape, shape>> rows{
    {{}, {2, 3}},           {{3}, {2, 3}},    {{2, 1}, {2, 3}},
    {{1, 3}, {2, 3}},       {{2, 3}, {2, 3}}, {{1, 1}, {4, 2, 3}},
    {{3, 1, 2}, {3, 4, 2}}, {{1, 0}, {2, 0}},
  };
  for (auto& [from, to] : rows) {
    INFO(to_string(from) << " and " << to_string(to));
    auto x = random.reals(from);
    auto y = random.reals(to);
    auto wide = run("broadcast_like", {x, y});
    auto sum = run("sum_to_like", {y, x});
    CHECK(wide.shape() == to);
    CHECK(sum.shape() == from);
    CHECK(dot(wide, y) == Approx(dot(x, sum)));
  }
  CHECK(run_error("sum_to_like", {random.reals({2}), random.reals({3})}).code
        == errc::shape_mismatch);
  CHECK(run_error("broadcast_like", {random.reals({2}), random.reals({3})}).code
        == errc::shape_mismatch);
}

TEST_CASE("expanding undoes the shape change of a reduction") {
  sequence random{6};
  auto ref = random.reals({2, 3, 4});
  for (auto& axes : std::vector<ints>{{}, {0}, {1}, {-1}, {0, 2}, {2, 1, 0}})
    for (auto keepdims : {false, true}) {
      attributes fold{{"axes", axes}, {"keepdims", keepdims}};
      auto x = random.reals(run("sum", {ref}, fold).shape());
      auto out = run("expand_like", {x, ref}, fold);
      CHECK(out.shape() == ref.shape());
      CHECK(dot(out, ref) == Approx(dot(x, run("sum", {ref}, fold))));
      auto count = run("reduced_count", {ref}, {{"axes", axes}});
      CHECK(count.item() == 24.0 / static_cast<double>(x.elements()));
    }
  CHECK(run_error("expand_like", {random.reals({2}), ref},
                  {{"axes", ints{0}}, {"keepdims", false}})
          .code
        == errc::shape_mismatch);
}

TEST_CASE("padding is the adjoint of slicing") {
  sequence random{7};
  auto ref = random.reals({5, 4});

  struct cut {
    ints starts;
    ints stops;
    ints steps;
  };

  for (auto& c : std::vector<cut>{{{1}, {4}, {}},
                                  {{0, -3}, {5, -1}, {2, 1}},
                                  {{4, 3}, {5, 4}, {3, 3}},
                                  {{3}, {3}, {}},
                                  {{-100, 0}, {100, 100}, {1, 3}}}) {
    auto part
      = run("slice", {ref},
            {{"starts", c.starts}, {"stops", c.stops}, {"steps", c.steps}});
    auto x = random.reals(part.shape());
    auto out
      = run("pad_like", {x, ref}, {{"starts", c.starts}, {"steps", c.steps}});
    CHECK(out.shape() == ref.shape());
    CHECK(dot(out, ref) == Approx(dot(x, part)));
  }
  CHECK(run_error("pad_like", {random.reals({3, 4}), ref},
                  {{"starts", ints{3}}, {"steps", ints{}}})
          .code
        == errc::shape_mismatch);
}

TEST_CASE("parts of a concat are found again") {
  sequence random{8};
  const std::vector<tensor> parts{random.reals({2, 1}), random.reals({2, 0}),
                                  random.reals({2, 3})};
  auto whole = run("concat", parts, {{"axis", int64_t{1}}});
  for (int64_t i = 0; i < 3; ++i) {
    std::vector<tensor> inputs{whole};
    inputs.insert(inputs.end(), parts.begin(), parts.end());
    auto part
      = run("concat_part", inputs, {{"axis", int64_t{1}}, {"index", i}});
    CHECK(part.bit_equal(parts[static_cast<size_t>(i)]));
  }
  attributes first{{"axis", int64_t{1}}, {"index", int64_t{0}}};
  CHECK(run_error("concat_part", {parts[0], parts[2]}, first).code
        == errc::shape_mismatch);
  attributes none{{"axis", int64_t{1}}, {"index", int64_t{1}}};
  CHECK(run_error("concat_part", {whole, parts[0]}, none).code
        == errc::invalid_attribute);
}

TEST_CASE("filling and reshaping take shape and type of the reference") {
  auto ref = tensor::zeros(f32, {2, 2});
  auto out = run("full_like", {ref}, {{"value", 1.5}});
  CHECK(out.type() == f32);
  CHECK(numbers(out) == row{1.5, 1.5, 1.5, 1.5});
  auto x = tensor::of<double>({4}, {1, 2, 3, 4});
  CHECK(run("reshape_like", {x, ref}).shape() == shape{2, 2});
  CHECK(run("reshape_like", {x, ref}).type() == f64);
  CHECK(run_error("reshape_like", {x, tensor::zeros(f32, {3})}).code
        == errc::shape_mismatch);
}
