// Pooling of images [n, c, h, w] over square windows, and its adjoints. f32
// and f64.
//
// Thread-safety: pure functions.
//
// Invariants:
// 1. A padded position never holds a maximum and counts as 0 in a mean.
// 2. Of equal maxima the first in row-major order counts; NaN prevails.
#pragma once

#include <morph/graph/kernels/window.hpp>
#include <morph/graph/tensor.hpp>

namespace morph::kernels {

/// MM0107 for images without four axes or smaller than the window, MM0108 for
/// padding that fills a window.
result<shape> pool_shape(const shape& x, const window& w);

result<tensor> max_pool2d(const tensor& x, const window& w);

/// Adds elements of `g` to the positions of the maxima of `x`.
result<tensor> max_pool2d_grad(const tensor& x, const tensor& g,
                               const window& w);

/// Elements of `t` at the positions of the maxima of `x`.
result<tensor> max_pool2d_pick(const tensor& x, const tensor& t,
                               const window& w);

result<tensor> avg_pool2d(const tensor& x, const window& w);

/// For a cotangent `g` of the result, that of images of shape `x`.
result<tensor> avg_pool2d_grad(const tensor& g, const shape& x,
                               const window& w);

} // namespace morph::kernels
