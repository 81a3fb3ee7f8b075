#include <morph/graph/build/apply.hpp>
#include <morph/graph/build/elementwise.hpp>
#include <morph/graph/build/linalg.hpp>
#include <morph/graph/build/nn.hpp>
#include <morph/graph/build/reduce.hpp>
#include <morph/graph/build/shape.hpp>
#include <morph/graph/random.hpp>

namespace morph {

namespace {

/// A static extent of an operand, counted from the end or the start.
int64_t static_extent(std::string_view what, const operand& x, int64_t axis,
                      size_t min_rank) {
  auto type = x.is_number() ? port_type{} : x.get().type();
  auto rank = type.is_tensor() ? type.shape().rank() : 0;
  if (rank < min_rank) {
    error e{errc::shape_mismatch, "needs rank " + std::to_string(min_rank)
                                    + " or more, not " + to_string(type)};
    throw failure{std::move(e.at(what, place{x.where()}))};
  }
  auto extent = type.shape()[axis < 0 ? rank - 1 : static_cast<size_t>(axis)];
  if (extent == dyn) {
    error e{errc::shape_mismatch, "needs a static extent along axis "
                                    + std::to_string(axis) + " of "
                                    + to_string(type)};
    throw failure{std::move(e.at(what, place{x.where()}))};
  }
  return extent;
}

/// The element type of new parameters that meet `x`.
dtype parameter_type(std::string_view what, const operand& x) {
  auto t = x.get().type().type();
  if (is_floating(t))
    return t;
  error e{errc::dtype_mismatch,
          "needs a floating element type, not " + std::string{to_string(t)}};
  throw failure{std::move(e.at(what, place{x.where()}))};
}

} // namespace

expr softmax(operand x, int64_t axis) {
  return build::apply("softmax", {x}, {{"axis", axis}});
}

expr log_softmax(operand x, int64_t axis) {
  return build::apply("log_softmax", {x}, {{"axis", axis}});
}

expr cross_entropy(operand logits, operand labels) {
  build::at_place here{logits};
  auto classes = static_extent("cross_entropy", logits, -1, 1);
  // Chosen, not multiplied: a logarithm of -inf elsewhere must not matter.
  auto chosen = one_hot(labels, classes, boolean);
  auto logs = here(log_softmax(logits));
  auto picked = where(here(chosen), logs, here(0.0));
  return -here(mean(here(sum(here(picked), {-1}))));
}

expr mse(operand prediction, operand target) {
  build::at_place here{prediction};
  return mean(here(square(here(prediction - target))));
}

expr layer_norm(operand x, operand gamma, operand beta, double eps) {
  build::at_place here{x};
  auto centred = here(x - here(mean(x, {-1}, true)));
  auto variance = here(mean(here(square(centred)), {-1}, true));
  auto scale = here(rsqrt(here(variance + here(eps))));
  return here(here(centred * scale) * gamma) + beta;
}

expr embedding(operand table, operand ids) {
  return gather(table, ids, 0);
}

expr dense(graph& g, std::string_view name, operand x, int64_t units,
           uint64_t seed) {
  build::at_place here{x};
  auto features = static_extent("dense", x, -1, 1);
  auto t = parameter_type("dense", x);
  auto prefix = std::string{name};
  auto w = g.parameter(prefix + "/w",
                       glorot_uniform(t, {features, units}, features, units,
                                      prefix + "/w", seed),
                       x.where());
  auto b = g.parameter(prefix + "/b", tensor::zeros(t, {units}), x.where());
  return here(matmul(x, here(w))) + here(b);
}

expr convolution(graph& g, std::string_view name, operand x, int64_t channels,
                 int64_t kernel, int64_t stride, int64_t padding,
                 uint64_t seed) {
  build::at_place here{x};
  auto depth = static_extent("convolution", x, 1, 4);
  auto t = parameter_type("convolution", x);
  auto prefix = std::string{name};
  auto area = kernel * kernel;
  auto w = g.parameter(prefix + "/w",
                       glorot_uniform(t, {channels, depth, kernel, kernel},
                                      depth * area, channels * area,
                                      prefix + "/w", seed),
                       x.where());
  auto b
    = g.parameter(prefix + "/b", tensor::zeros(t, {channels, 1, 1}), x.where());
  return here(conv2d(x, here(w), stride, padding)) + here(b);
}

} // namespace morph
