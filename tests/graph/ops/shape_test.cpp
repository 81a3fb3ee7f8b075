// Ops that move elements.
#include <graph/ops/run.hpp>

#include <numeric>

using namespace morph;
using namespace morph::test;

namespace {

tensor counted(const shape& s) {
  std::vector<double> xs(static_cast<size_t>(s.elements()));
  std::iota(xs.begin(), xs.end(), 0.0);
  return tensor::of<double>(s, xs);
}

/// Flat position of an index in a dense tensor.
int64_t flat(const shape& s, const ints& index) {
  int64_t at = 0;
  for (size_t d = 0; d < s.rank(); ++d)
    at = at * s[d] + index[d];
  return at;
}

/// Calls `f(index)` for all indices of `s` in row-major order.
template <class F>
void for_each_index(const shape& s, F f) {
  ints index(s.rank());
  for (int64_t i = 0; i < s.elements(); ++i) {
    int64_t rest = i;
    for (size_t d = s.rank(); d-- > 0;) {
      index[d] = rest % s[d];
      rest /= s[d];
    }
    f(index);
  }
}

using row = std::vector<double>;

} // namespace

TEST_CASE("a reshape works out one extent") {
  auto x = counted({2, 6});
  auto to = [](ints s) { return attributes{{"shape", std::move(s)}}; };
  CHECK(run("reshape", {x}, to({3, -1})).shape() == shape{3, 4});
  CHECK(run("reshape", {x}, to({-1})).shape() == shape{12});
  CHECK(run("reshape", {tensor::scalar(1.0)}, to({1, 1})).shape()
        == shape{1, 1});
  CHECK(run_error("reshape", {x}, to({5, -1})).code == errc::shape_mismatch);
  CHECK(run_error("reshape", {x}, to({13})).code == errc::shape_mismatch);
  CHECK(run_error("reshape", {x}, to({-1, -1})).code
        == errc::invalid_attribute);
  CHECK(run_error("reshape", {x}, to({int64_t{1} << 40, int64_t{1} << 40})).code
        == errc::allocation_too_large);
  CHECK(infer("reshape", {{f32, {dyn, 4}}}, to({-1, 2}))->shape()
        == shape{dyn, 2});
  // No copy: the elements stay where they are.
  CHECK(run("reshape", {x}, to({12})).raw().data() == x.raw().data());
}

TEST_CASE("transposes move each element to its place") {
  sequence random{4};
  const std::vector<std::pair<shape, ints>> rows{
    {{2, 3}, {1, 0}},
    {{40, 70}, {1, 0}},
    {{3, 33, 50}, {0, 2, 1}},
    {{2, 3, 4}, {2, 0, 1}},
    {{2, 3, 4, 5}, {0, 2, 3, 1}},
    {{2, 3, 4, 5}, {3, 1, 0, 2}},
    {{1, 5, 1}, {2, 1, 0}},
    {{0, 3}, {1, 0}},
    {{4}, {0}},
    {{2, 3, 4}, {0, -2, -1}},
  };
  for (auto& [s, perm] : rows) {
    INFO(to_string(s));
    auto x = random.reals(s);
    auto out = run("transpose", {x}, {{"perm", perm}});
    row expected;
    for_each_index(out.shape(), [&](const ints& index) {
      ints from(s.rank());
      for (size_t d = 0; d < s.rank(); ++d) {
        auto axis
          = perm[d] < 0 ? perm[d] + static_cast<int64_t>(s.rank()) : perm[d];
        from[static_cast<size_t>(axis)] = index[d];
      }
      expected.push_back(x.data<double>()[flat(s, from)]);
    });
    CHECK(numbers(out) == expected);
  }
  CHECK(infer("transpose", {{f32, {2, 3}}}, {{"perm", ints{0}}}).error().code
        == errc::invalid_attribute);
  CHECK(infer("transpose", {{f32, {2, 3}}}, {{"perm", ints{0, 0}}}).error().code
        == errc::invalid_attribute);
}

TEST_CASE("slices clamp and step as in NumPy") {
  auto x = counted({6, 3});
  auto cut = [&](ints starts, ints stops, ints steps = {}) {
    return run("slice", {x},
               {{"starts", std::move(starts)},
                {"stops", std::move(stops)},
                {"steps", std::move(steps)}});
  };
  CHECK(numbers(cut({1, 0}, {3, 2})) == row{3, 4, 6, 7});
  CHECK(numbers(cut({-2}, {100})) == row{12, 13, 14, 15, 16, 17});
  CHECK(numbers(cut({0, 1}, {6, 2}, {2, 1})) == row{1, 7, 13});
  CHECK(numbers(cut({0, 0}, {-4, -1}, {1, 1})) == row{0, 1, 3, 4});
  CHECK(cut({4}, {2}).shape() == shape{0, 3});
  CHECK(cut({0, 0}, {6, 3}, {int64_t{1} << 62, 1}).shape() == shape{1, 3});
  CHECK(infer("slice", {{f32, {dyn, 3}}},
              {{"starts", ints{1}}, {"stops", ints{4}}, {"steps", ints{}}})
          ->shape()
        == shape{dyn, 3});
  auto bad = [](ints starts, ints stops, ints steps) {
    return infer("slice", {{f32, {6, 3}}},
                 {{"starts", std::move(starts)},
                  {"stops", std::move(stops)},
                  {"steps", std::move(steps)}})
      .error()
      .code;
  };
  CHECK(bad({0}, {1}, {0}) == errc::invalid_attribute);
  CHECK(bad({0}, {1, 2}, {}) == errc::invalid_attribute);
  CHECK(bad({0, 0, 0}, {1, 1, 1}, {}) == errc::invalid_attribute);
}

TEST_CASE("parts are joined along any axis") {
  auto a = tensor::of<int32_t>({2, 1}, {1, 2});
  auto b = tensor::of<int32_t>({2, 2}, {3, 4, 5, 6});
  CHECK(numbers(run("concat", {a, b}, {{"axis", int64_t{1}}}))
        == row{1, 3, 4, 2, 5, 6});
  CHECK(numbers(run("concat", {b, b}, {{"axis", int64_t{-2}}}))
        == row{3, 4, 5, 6, 3, 4, 5, 6});
  auto e
    = infer("concat", {{f32, {2, 1}}, {f32, {3, 1}}}, {{"axis", int64_t{1}}});
  CHECK(e.error().code == errc::shape_mismatch);
  CHECK(infer("concat", {{f32, {2}}, {i32, {2}}}, {{"axis", int64_t{0}}})
          .error()
          .code
        == errc::dtype_mismatch);
  CHECK(
    infer("concat", {{f32, {2, dyn}}, {f32, {dyn, 3}}}, {{"axis", int64_t{0}}})
      ->shape()
    == shape{dyn, 3});
  CHECK(run_error("concat", {a, b}, {{"axis", int64_t{0}}}).code
        == errc::shape_mismatch);
}

TEST_CASE("gathering and scattering are adjoint") {
  auto x = counted({2, 3, 2});
  auto at = tensor::of<int32_t>({2}, {2, 0});
  attributes axis{{"axis", int64_t{1}}};
  auto out = run("gather", {x, at}, axis);
  CHECK(out.shape() == shape{2, 2, 2});
  CHECK(numbers(out) == row{4, 5, 0, 1, 10, 11, 6, 7});
  auto twice = tensor::of<int64_t>({3}, {1, 1, 0});
  auto sum = run("scatter_add",
                 {tensor::full(f64, {2, 2}, 10), twice, counted({3, 2})},
                 {{"axis", int64_t{0}}});
  CHECK(numbers(sum) == row{14, 15, 12, 14});
  auto single = run("gather", {x, tensor::scalar(int64_t{1})}, axis);
  CHECK(single.shape() == shape{2, 2});
}

TEST_CASE("an index out of range is named") {
  auto x = counted({2, 3});
  auto at = tensor::of<int64_t>({2}, {0, 3});
  auto e = run_error("gather", {x, at}, {{"axis", int64_t{1}}});
  CHECK(e.code == errc::index_out_of_range);
  CHECK(e.message
        == "index 3 at position 1 is outside of axis 1, which has extent 3");
  CHECK(run_error("gather", {x, tensor::scalar(int64_t{-1})},
                  {{"axis", int64_t{0}}})
          .code
        == errc::index_out_of_range);
  CHECK(
    run_error("scatter_add", {x, at, counted({2, 2})}, {{"axis", int64_t{1}}})
      .code
    == errc::index_out_of_range);
  CHECK(run_error("one_hot", {at}, {{"depth", int64_t{3}}, {"dtype", f32}}).code
        == errc::index_out_of_range);
  CHECK(infer("gather", {{f32, {2}}, {f32, {2}}}, {{"axis", int64_t{0}}})
          .error()
          .code
        == errc::dtype_mismatch);
}

TEST_CASE("one hot marks the index") {
  auto x = tensor::of<int32_t>({2}, {1, 0});
  auto hot = [&](dtype t) {
    return run("one_hot", {x}, {{"depth", int64_t{3}}, {"dtype", t}});
  };
  CHECK(numbers(hot(f32)) == row{0, 1, 0, 1, 0, 0});
  CHECK(hot(boolean).type() == boolean);
  CHECK(numbers(hot(boolean)) == row{0, 1, 0, 1, 0, 0});
}

TEST_CASE("triangles keep their diagonals") {
  auto x = counted({1, 3, 3});
  auto keep = [&](const char* op, int64_t k) {
    return numbers(run(op, {x}, {{"k", k}}));
  };
  CHECK(keep("tril", 0) == row{0, 0, 0, 3, 4, 0, 6, 7, 8});
  CHECK(keep("tril", -1) == row{0, 0, 0, 3, 0, 0, 6, 7, 0});
  CHECK(keep("triu", 0) == row{0, 1, 2, 0, 4, 5, 0, 0, 8});
  CHECK(keep("triu", 1) == row{0, 1, 2, 0, 0, 5, 0, 0, 0});
  CHECK(keep("triu", std::numeric_limits<int64_t>::max()) == row(9, 0.0));
  CHECK(keep("tril", std::numeric_limits<int64_t>::min()) == row(9, 0.0));
  CHECK(keep("tril", 5) == numbers(x));
  CHECK(infer("tril", {{f32, {3}}}, {{"k", int64_t{0}}}).error().code
        == errc::shape_mismatch);
}

TEST_CASE("broadcasting to a shape") {
  auto to = [](ints s) { return attributes{{"shape", std::move(s)}}; };
  auto x = counted({2, 1});
  CHECK(numbers(run("broadcast_to", {x}, to({2, 2}))) == row{0, 0, 1, 1});
  CHECK(run("broadcast_to", {x}, to({3, -1, 2})).shape() == shape{3, 2, 2});
  CHECK(run_error("broadcast_to", {x}, to({3, 2})).code
        == errc::shape_mismatch);
  CHECK(run_error("broadcast_to", {x}, to({2})).code == errc::shape_mismatch);
  CHECK(run_error("broadcast_to", {x}, to({-1, 2, 2})).code
        == errc::shape_mismatch);
}
