// One call of each op at a point where it is smooth: what the tests of the
// table and of derivatives iterate. Floating inputs are f64.
#pragma once

#include <morph/graph/attributes.hpp>
#include <morph/graph/tensor.hpp>

#include <string>
#include <vector>

namespace morph::test {

struct op_sample {
  std::string op;
  std::vector<tensor> inputs;
  attributes attrs;
};

namespace detail {

using reals = std::vector<double>;
using ints = std::vector<int64_t>;

inline tensor real(const shape& s, const reals& xs) {
  return tensor::of<double>(s, xs);
}

inline tensor index(const shape& s, const ints& xs) {
  return tensor::of<int64_t>(s, xs);
}

inline tensor truth(const shape& s, std::initializer_list<bool> xs) {
  return tensor::of<bool>(s, xs);
}

/// Up to 101 different numbers of both signs, none near 0 or near another.
inline tensor spread(const shape& s, double scale = 1) {
  reals xs;
  for (int64_t i = 0, n = s.elements(); i < n; ++i)
    xs.push_back(scale
                 * (static_cast<double>((i * 37 + 11) % 101 - 50) / 25 + 0.02));
  return real(s, xs);
}

inline void add_elementwise(std::vector<op_sample>& out) {
  auto a = real({2, 3}, {0.5, -1.5, 2.0, 0.7, 1.9, -0.4});
  auto b = real({3}, {1.25, -0.75, 0.6});
  auto positive = real({2, 2}, {0.3, 1.7, 2.5, 0.9});
  for (auto* op :
       {"add", "sub", "mul", "mul_no_nan", "div", "minimum", "maximum", "less",
        "less_equal", "greater", "greater_equal", "equal", "not_equal"})
    out.push_back({op, {a, b}, {}});
  out.push_back({"pow", {positive, real({2}, {1.5, -0.8})}, {}});
  for (auto* op : {"neg", "square", "relu", "abs", "sign", "exp", "reciprocal",
                   "tanh", "sigmoid", "gelu", "sin", "cos", "expm1", "erf",
                   "floor", "identity", "stop_gradient"})
    out.push_back({op, {a}, {}});
  for (auto* op : {"log", "sqrt", "rsqrt", "log1p"})
    out.push_back({op, {positive}, {}});
  auto p = truth({2, 3}, {true, false, true, false, false, true});
  auto q = truth({3}, {true, true, false});
  out.push_back({"logical_and", {p, q}, {}});
  out.push_back({"logical_or", {p, q}, {}});
  out.push_back({"logical_not", {p}, {}});
  out.push_back({"where", {p, a, b}, {}});
  out.push_back({"cast", {a}, {{"dtype", f32}}});
}

inline void add_reductions(std::vector<op_sample>& out) {
  auto x = spread({2, 3, 2});
  for (auto* op : {"sum", "mean", "max", "min"}) {
    out.push_back({op, {x}, {{"axes", ints{}}, {"keepdims", false}}});
    out.push_back({op, {x}, {{"axes", ints{1}}, {"keepdims", false}}});
    out.push_back({op, {x}, {{"axes", ints{0, -1}}, {"keepdims", true}}});
  }
  out.push_back({"argmax", {x}, {{"axis", int64_t{1}}}});
  out.push_back({"argmin", {x}, {{"axis", int64_t{-1}}}});
}

inline void add_shapes(std::vector<op_sample>& out) {
  auto x = spread({2, 3, 2});
  auto m = spread({3, 3});
  out.push_back({"reshape", {x}, {{"shape", ints{3, -1}}}});
  out.push_back({"transpose", {x}, {{"perm", ints{}}}});
  out.push_back({"transpose", {x}, {{"perm", ints{1, 2, 0}}}});
  out.push_back({"broadcast_to", {spread({3, 1})}, {{"shape", ints{2, 3, 4}}}});
  out.push_back({"concat",
                 {x, spread({2, 1, 2}), spread({2, 2, 2})},
                 {{"axis", int64_t{1}}}});
  out.push_back(
    {"slice",
     {x},
     {{"starts", ints{0, 2}}, {"stops", ints{2, -3}}, {"steps", ints{1, 1}}}});
  out.push_back(
    {"slice",
     {spread({5, 4})},
     {{"starts", ints{1, -3}}, {"stops", ints{5, 4}}, {"steps", ints{2, 1}}}});
  out.push_back({"tril", {m}, {{"k", int64_t{0}}}});
  out.push_back({"triu", {m}, {{"k", int64_t{1}}}});
  auto picks = index({2, 2}, {2, 0, 1, 2});
  out.push_back({"gather", {x, picks}, {{"axis", int64_t{1}}}});
  out.push_back(
    {"scatter_add", {x, picks, spread({2, 2, 2, 2})}, {{"axis", int64_t{1}}}});
  out.push_back({"one_hot",
                 {index({3}, {2, 0, 1})},
                 {{"depth", int64_t{4}}, {"dtype", f64}}});
}

inline void add_likes(std::vector<op_sample>& out) {
  auto x = spread({2, 3, 2});
  attributes fold{{"axes", ints{0, 2}}, {"keepdims", false}};
  out.push_back({"sum_to_like", {x, spread({3, 1})}, {}});
  out.push_back({"broadcast_like", {spread({3, 1}), x}, {}});
  out.push_back({"expand_like", {spread({3}), x}, fold});
  out.push_back({"reshape_like", {spread({4, 3}), x}, {}});
  out.push_back({"full_like", {x}, {{"value", 2.5}}});
  out.push_back({"reduced_count", {x}, {{"axes", ints{0, 2}}}});
  out.push_back({"pad_like",
                 {spread({2, 3}), spread({5, 4})},
                 {{"starts", ints{1, -3}}, {"steps", ints{2, 1}}}});
  out.push_back(
    {"concat_part",
     {spread({2, 6}), spread({2, 1}), spread({2, 3}), spread({2, 2})},
     {{"axis", int64_t{1}}, {"index", int64_t{1}}}});
}

inline void add_algebra(std::vector<op_sample>& out) {
  auto product = [](bool a, bool b) {
    return attributes{{"transpose_a", a}, {"transpose_b", b}};
  };
  auto a = spread({2, 3});
  auto b = spread({3, 4});
  out.push_back({"matmul", {a, b}, product(false, false)});
  out.push_back({"matmul", {spread({3, 2}), b}, product(true, false)});
  out.push_back({"matmul", {a, spread({4, 3})}, product(false, true)});
  out.push_back(
    {"matmul", {spread({3, 2}), spread({4, 3})}, product(true, true)});
  out.push_back({"matmul",
                 {spread({2, 1, 2, 3}), spread({2, 3, 2})},
                 product(false, false)});
  out.push_back({"matmul", {spread({3}), b}, product(false, false)});
  out.push_back({"matmul", {a, spread({3})}, product(false, false)});
  out.push_back({"matmul", {spread({3}), spread({3})}, product(false, false)});
  auto spd = real({2, 2, 2}, {2.0, 0.5, 0.5, 1.5, 3.0, -0.7, -0.7, 1.1});
  auto any = real({3, 3}, {2.0, 0.3, -0.5, 0.4, 1.5, 0.2, -0.1, 0.6, 1.8});
  out.push_back({"cholesky", {spd}, {}});
  out.push_back({"solve", {any, spread({3, 2})}, {}});
  out.push_back({"solve", {any, spread({3})}, {}});
  out.push_back({"solve", {spd, spread({2, 2, 1})}, {}});
  for (auto lower : {true, false})
    for (auto transpose : {true, false})
      out.push_back({"triangular_solve",
                     {any, spread({3, 2})},
                     {{"lower", lower}, {"transpose", transpose}}});
  out.push_back({"logdet", {spd}, {}});
  out.push_back({"logdet", {any}, {}});
  out.push_back({"inverse", {any}, {}});
}

inline void add_networks(std::vector<op_sample>& out) {
  auto x = spread({2, 3, 2});
  for (auto* op : {"softmax", "log_softmax"}) {
    out.push_back({op, {x}, {{"axis", int64_t{-1}}}});
    out.push_back({op, {x}, {{"axis", int64_t{1}}}});
  }
  auto images = spread({2, 2, 4, 5});
  auto filters = spread({3, 2, 3, 2}, 0.5);
  attributes slide{{"stride", int64_t{2}}, {"padding", int64_t{1}}};
  // (4 + 2 - 3) / 2 + 1 rows and (5 + 2 - 2) / 2 + 1 columns.
  auto map = spread({2, 3, 2, 3}, 0.5);
  out.push_back({"conv2d", {images, filters}, slide});
  out.push_back({"conv2d_input_grad", {map, filters, images}, slide});
  out.push_back({"conv2d_weight_grad", {map, images, filters}, slide});
  attributes pool{
    {"kernel", int64_t{3}}, {"stride", int64_t{2}}, {"padding", int64_t{1}}};
  auto pooled = spread({2, 2, 2, 3}, 0.5);
  out.push_back({"max_pool2d", {images}, pool});
  out.push_back({"max_pool2d_grad", {images, pooled}, pool});
  out.push_back({"max_pool2d_pick", {images, spread({2, 2, 4, 5}, 0.5)}, pool});
  out.push_back({"avg_pool2d", {images}, pool});
  out.push_back({"avg_pool2d_grad", {pooled, images}, pool});
  for (auto* op : {"random_uniform", "random_normal"})
    out.push_back(
      {op, {x, tensor::scalar(int64_t{3})}, {{"seed", int64_t{7}}}});
}

} // namespace detail

/// At least one sample for each row of the table of ops.
inline std::vector<op_sample> op_samples() {
  std::vector<op_sample> out;
  detail::add_elementwise(out);
  detail::add_reductions(out);
  detail::add_shapes(out);
  detail::add_likes(out);
  detail::add_algebra(out);
  detail::add_networks(out);
  return out;
}

} // namespace morph::test
