// Builder functions for neural networks. Images are [batch, channel, row,
// column], filters [out channel, in channel, row, column].
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/graph.hpp>
#include <morph/graph/operand.hpp>

#include <string_view>

namespace morph {

/// exp(x) / sum(exp(x)) along `axis`. Elements of +inf share the probability 1;
/// a slice of -inf alone gives zeros.
expr softmax(operand x, int64_t axis = -1);

/// Logarithm of `softmax`; a slice of -inf alone gives -inf.
expr log_softmax(operand x, int64_t axis = -1);

/// Mean of -log_softmax(logits)[label]: logits [..., classes] with static
/// `classes`, labels i64 or i32 [...]. MM0301 for a label out of range.
expr cross_entropy(operand logits, operand labels);

/// Mean of (prediction - target)^2.
expr mse(operand prediction, operand target);

/// gamma * (x - mean) / sqrt(variance + eps) + beta over the last axis.
expr layer_norm(operand x, operand gamma, operand beta, double eps = 1e-5);

/// Rows of `table` by number.
expr embedding(operand table, operand ids);

/// Cross-correlation of x [n, c, h, w] with w [o, c, p, q], zero padding.
expr conv2d(operand x, operand w, int64_t stride = 1, int64_t padding = 0);

/// Adjoint of `conv2d` in its first input, with the shape of `x`.
expr conv2d_input_grad(operand g, operand w, operand x, int64_t stride = 1,
                       int64_t padding = 0);

/// Adjoint of `conv2d` in its second input, with the shape of `w`.
expr conv2d_weight_grad(operand g, operand x, operand w, int64_t stride = 1,
                        int64_t padding = 0);

// Pooling: square windows; a stride of 0 means `kernel`. Padding is less than
// `kernel`; padded positions never win a maximum and count as zero in a mean.

expr max_pool2d(operand x, int64_t kernel, int64_t stride = 0,
                int64_t padding = 0);

/// Adjoint of `max_pool2d` at `x`: adds each element of `g` to the position of
/// the first maximum of its window.
expr max_pool2d_grad(operand x, operand g, int64_t kernel, int64_t stride = 0,
                     int64_t padding = 0);

/// Elements of `t` (shape of `x`) where `x` has the first maximum of each
/// window; adjoint of `max_pool2d_grad` in `g`.
expr max_pool2d_pick(operand x, operand t, int64_t kernel, int64_t stride = 0,
                     int64_t padding = 0);

expr avg_pool2d(operand x, int64_t kernel, int64_t stride = 0,
                int64_t padding = 0);

/// Adjoint of `avg_pool2d`, with the shape of `x`.
expr avg_pool2d_grad(operand g, operand x, int64_t kernel, int64_t stride = 0,
                     int64_t padding = 0);

/// x w + b with new parameters `name/w` [features, units], drawn from the
/// Glorot uniform distribution by `name` and `seed`, and `name/b`, zeros. The
/// last extent of `x` must be static.
expr dense(graph& g, std::string_view name, operand x, int64_t units,
           uint64_t seed = 0);

/// conv2d(x, w) + b with new parameters `name/w` [channels, in, kernel,
/// kernel], drawn as those of `dense`, and `name/b` [channels, 1, 1], zeros.
/// The channel extent of `x` must be static.
expr convolution(graph& g, std::string_view name, operand x, int64_t channels,
                 int64_t kernel, int64_t stride = 1, int64_t padding = 0,
                 uint64_t seed = 0);

} // namespace morph
