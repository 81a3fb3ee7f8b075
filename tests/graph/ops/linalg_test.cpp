// Matrix products and factorisations.
#include <graph/ops/run.hpp>

#include <cmath>
#include <limits>

using namespace morph;
using namespace morph::test;

namespace {

using row = std::vector<double>;

attributes product(bool a = false, bool b = false) {
  return {{"transpose_a", a}, {"transpose_b", b}};
}

tensor swapped(const tensor& x) {
  ints perm;
  for (size_t d = 0; d < x.rank(); ++d)
    perm.push_back(static_cast<int64_t>(d));
  std::swap(perm[x.rank() - 1], perm[x.rank() - 2]);
  return run("transpose", {x}, {{"perm", perm}});
}

/// The product of two matrices in the plainest way.
row plain_product(const tensor& a, const tensor& b) {
  auto m = a.shape()[0];
  auto k = a.shape()[1];
  auto n = b.shape()[1];
  auto x = numbers(a);
  auto y = numbers(b);
  row out;
  for (int64_t i = 0; i < m; ++i)
    for (int64_t j = 0; j < n; ++j) {
      double sum = 0;
      for (int64_t l = 0; l < k; ++l)
        sum += x[static_cast<size_t>(i * k + l)]
               * y[static_cast<size_t>(l * n + j)];
      out.push_back(sum);
    }
  return out;
}

/// a a^T + 1, which is positive definite.
tensor positive_definite(sequence& random, const shape& s) {
  auto a = random.reals(s);
  auto n = s[s.rank() - 1];
  auto one = tensor::zeros(f64, {n, n});
  for (int64_t i = 0; i < n; ++i)
    one.mutable_data<double>()[i * (n + 1)] = 1;
  return run("add", {run("matmul", {a, a}, product(false, true)), one});
}

} // namespace

TEST_CASE("products are those of plain loops, transposed or not") {
  sequence random{10};
  for (auto [m, n, k] : {std::array<int64_t, 3>{1, 1, 1},
                         {2, 3, 4},
                         {1, 9, 17},
                         {9, 1, 17},
                         {1, 1, 100},
                         {33, 20, 65},
                         {3, 4, 0},
                         {0, 4, 3}}) {
    INFO(m << " x " << k << " x " << n);
    auto a = random.reals({m, k});
    auto b = random.reals({k, n});
    auto expected = plain_product(a, b);
    auto at = swapped(a);
    auto bt = swapped(b);
    require_close(numbers(run("matmul", {a, b}, product())), expected);
    require_close(numbers(run("matmul", {at, b}, product(true))), expected);
    require_close(numbers(run("matmul", {a, bt}, product(false, true))),
                  expected);
    require_close(numbers(run("matmul", {at, bt}, product(true, true))),
                  expected);
  }
}

TEST_CASE("batches broadcast") {
  sequence random{11};
  const std::vector<std::array<shape, 3>> rows{
    {{{2, 3, 4}, {4, 5}, {2, 3, 5}}},
    {{{3, 4}, {2, 4, 5}, {2, 3, 5}}},
    {{{2, 1, 3, 4}, {3, 4, 5}, {2, 3, 3, 5}}},
    {{{2, 3, 4}, {1, 4, 5}, {2, 3, 5}}},
    {{{2, 3, 4}, {2, 4, 5}, {2, 3, 5}}},
    {{{0, 3, 4}, {4, 5}, {0, 3, 5}}},
    {{{1, 3, 4}, {1, 1, 4, 5}, {1, 1, 3, 5}}},
  };
  for (auto& [s, t, u] : rows) {
    INFO(to_string(s) << " by " << to_string(t));
    auto a = random.reals(s);
    auto b = random.reals(t);
    auto out = run("matmul", {a, b}, product());
    REQUIRE(out.shape() == u);
    // The same through elementwise products: [.., m, k, 1] by [.., 1, k, n].
    auto insert = [](const tensor& x, size_t from_end) {
      ints dims(x.shape().begin(), x.shape().end());
      dims.insert(dims.end() - static_cast<int64_t>(from_end), 1);
      return run("reshape", {x}, {{"shape", dims}});
    };
    auto expected = run("sum", {run("mul", {insert(a, 0), insert(b, 2)})},
                        {{"axes", ints{-2}}, {"keepdims", false}});
    require_close(numbers(out), numbers(expected));
    require_close(numbers(run("matmul", {swapped(a), b}, product(true))),
                  numbers(expected));
  }
}

TEST_CASE("large products and factors do not depend on alignment") {
  sequence random{15};
  // The same elements, one element further in memory.
  auto moved = [](const tensor& x) {
    auto wide = tensor::uninitialised(x.type(), {x.elements() + 1});
    auto width = size_of(x.type());
    std::memcpy(wide.mutable_bytes() + width, x.raw().data(), x.size_bytes());
    struct owner {
      tensor held;
    };
    return tensor::view(x.type(), x.shape(), wide.raw().data() + width,
                        std::make_shared<owner>(owner{wide}));
  };
  for (auto t : {f32, f64})
    for (auto [m, n, k] : {std::array<int64_t, 3>{130, 67, 259},
                           {1, 515, 259},
                           {515, 1, 259},
                           {3, 5, 1031}}) {
      auto narrow = [&](const tensor& x) {
        return run("cast", {x}, {{"dtype", t}});
      };
      auto a = narrow(random.reals({m, k}));
      auto b = narrow(random.reals({k, n}));
      CHECK(run("matmul", {a, b}, product())
              .bit_equal(run("matmul", {moved(a), moved(b)}, product())));
      auto bt = swapped(b);
      CHECK(run("matmul", {a, bt}, product(false, true))
              .bit_equal(
                run("matmul", {moved(a), moved(bt)}, product(false, true))));
      auto spd = narrow(positive_definite(random, {67, 67}));
      CHECK(run("cholesky", {spd}).bit_equal(run("cholesky", {moved(spd)})));
      CHECK(run("inverse", {spd}).bit_equal(run("inverse", {moved(spd)})));
    }
}

TEST_CASE("vectors are rows on the left and columns on the right") {
  auto m = tensor::of<double>({2, 3}, {1, 2, 3, 4, 5, 6});
  auto two = tensor::of<double>({2}, {1, -1});
  auto three = tensor::of<double>({3}, {1, 0, 2});
  CHECK(numbers(run("matmul", {m, three}, product())) == row{7, 16});
  CHECK(numbers(run("matmul", {two, m}, product())) == row{-3, -3, -3});
  CHECK(run("matmul", {three, three}, product()).shape() == shape{});
  CHECK(run("matmul", {three, three}, product()).item() == 5);
}

TEST_CASE("integers multiply too") {
  auto a = tensor::of<int32_t>({2, 2}, {1, 2, 3, 4});
  CHECK(numbers(run("matmul", {a, a}, product())) == row{7, 10, 15, 22});
  CHECK(numbers(run("matmul", {a, a}, product(true, false)))
        == row{10, 14, 14, 20});
}

TEST_CASE("products that do not fit are refused") {
  auto bad = [](const shape& a, const shape& b, bool ta = false) {
    auto out = infer("matmul", {{f32, a}, {f32, b}}, product(ta));
    REQUIRE(!out);
    return out.error();
  };
  CHECK(bad({2, 3}, {2, 3}).message
        == "the inner extents of [2, 3] and [2, 3] differ: 3 and 2");
  CHECK(bad({}, {2}).code == errc::shape_mismatch);
  CHECK(bad({2}, {2, 2}, true).code == errc::shape_mismatch);
  CHECK(bad({2, 3, 4}, {3, 4, 5}).code == errc::shape_mismatch);
  CHECK(infer("matmul", {{f32, {dyn, 3}}, {f32, {3, 5}}}, product())->shape()
        == shape{dyn, 5});
  CHECK(run_error("matmul",
                  {tensor::zeros(f64, {2, 3}), tensor::zeros(f64, {2, 3})},
                  product())
          .code
        == errc::shape_mismatch);
}

TEST_CASE("cholesky factors give back the matrix") {
  sequence random{12};
  for (auto& s :
       std::vector<shape>{{1, 1}, {5, 5}, {3, 4, 4}, {40, 40}, {0, 0}}) {
    INFO(to_string(s));
    auto a = positive_definite(random, s);
    auto l = run("cholesky", {a});
    require_close(numbers(run("tril", {l}, {{"k", int64_t{0}}})), numbers(l));
    require_close(numbers(run("matmul", {l, l}, product(false, true))),
                  numbers(a), 1e-10);
    // Only the lower triangle is read.
    auto lower = run("tril", {a}, {{"k", int64_t{0}}});
    CHECK(run("cholesky", {lower}).bit_equal(l));
  }
}

TEST_CASE("a matrix that is not positive definite names its pivot") {
  auto a = tensor::of<double>({2, 2, 2}, {1, 0, 0, 1, 4, 2, 2, 1});
  auto e = run_error("cholesky", {a});
  CHECK(e.code == errc::not_positive_definite);
  CHECK(e.message
        == "matrix 1 of the batch is not positive definite: pivot 1 of 0 to 1 "
           "is not positive");
  auto undefined = std::numeric_limits<double>::quiet_NaN();
  auto b = tensor::of<double>({1, 1}, {undefined});
  CHECK(run_error("cholesky", {b}).code == errc::not_positive_definite);
}

TEST_CASE("solutions solve") {
  sequence random{13};
  for (auto& [s, t] :
       std::vector<std::pair<shape, shape>>{{{3, 3}, {3, 2}},
                                            {{3, 3}, {3}},
                                            {{2, 4, 4}, {2, 4, 1}},
                                            {{30, 30}, {30, 7}},
                                            {{3, 3}, {3, 0}},
                                            {{0, 0}, {0, 2}}}) {
    INFO(to_string(s) << " and " << to_string(t));
    auto a = random.reals(s);
    auto b = random.reals(t);
    auto x = run("solve", {a, b});
    CHECK(x.shape() == t);
    require_close(numbers(run("matmul", {a, x}, product())), numbers(b), 1e-9);
    for (auto lower : {true, false})
      for (auto transpose : {true, false}) {
        auto triangle = run(
          "add",
          {run(lower ? "tril" : "triu", {a}, {{"k", int64_t{0}}}),
           run("mul", {tensor::scalar(4.0), run("cast", {run("equal", {a, a})},
                                                {{"dtype", f64}})})});
        triangle
          = run(lower ? "tril" : "triu", {triangle}, {{"k", int64_t{0}}});
        auto y = run("triangular_solve", {triangle, b},
                     {{"lower", lower}, {"transpose", transpose}});
        require_close(numbers(run("matmul", {triangle, y}, product(transpose))),
                      numbers(b), 1e-9);
      }
  }
}

TEST_CASE("inverses and determinants agree with hand-computed ones") {
  auto a = tensor::of<double>({2, 2}, {1, 2, 3, 4});
  require_close(numbers(run("inverse", {a})), {-2, 1, 1.5, -0.5}, 1e-14);
  require_close(numbers(run("logdet", {a})), {std::log(2.0)}, 1e-14);
  auto batch = tensor::of<double>({2, 1, 1}, {std::exp(1.0), -1});
  require_close(numbers(run("logdet", {batch})), {1, 0}, 1e-14);
  CHECK(run("logdet", {tensor::zeros(f64, {0, 0})}).item() == 0);
  sequence random{14};
  auto b = random.reals({20, 20});
  auto one = numbers(run("matmul", {b, run("inverse", {b})}, product()));
  for (size_t i = 0; i < one.size(); ++i)
    CHECK(std::abs(one[i] - (i % 21 == 0 ? 1 : 0)) < 1e-10);
}

TEST_CASE("a singular matrix names its pivot") {
  auto a = tensor::of<double>({2, 2}, {1, 2, 2, 4});
  auto b = tensor::of<double>({2}, {1, 1});
  auto e = run_error("solve", {a, b});
  CHECK(e.code == errc::singular_matrix);
  CHECK(e.message
        == "the matrix is singular: pivot 1 of 0 to 1 is zero or not finite");
  CHECK(run_error("logdet", {a}).code == errc::singular_matrix);
  CHECK(run_error("inverse", {a}).code == errc::singular_matrix);
  auto t = tensor::of<double>({2, 2}, {1, 0, 3, 0});
  CHECK(run_error("triangular_solve", {t, b},
                  {{"lower", true}, {"transpose", false}})
          .code
        == errc::singular_matrix);
}

TEST_CASE("factorisations want square matrices and fitting sides") {
  CHECK(infer("cholesky", {{f32, {2, 3}}}).error().code
        == errc::shape_mismatch);
  CHECK(infer("inverse", {{f32, {3}}}).error().code == errc::shape_mismatch);
  CHECK(infer("logdet", {{i32, {3, 3}}}).error().code == errc::dtype_mismatch);
  CHECK(infer("solve", {{f32, {3, 3}}, {f32, {2, 1}}}).error().code
        == errc::shape_mismatch);
  CHECK(infer("solve", {{f32, {2, 3, 3}}, {f32, {3}}}).error().code
        == errc::shape_mismatch);
  CHECK(infer("solve", {{f32, {dyn, 3, 3}}, {f32, {2, 3, dyn}}}));
}
