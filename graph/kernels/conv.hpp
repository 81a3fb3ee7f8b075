// Convolution of images [n, c, h, w] with filters [o, c, p, q], and its two
// adjoints. f32 and f64, through matrix products.
//
// Thread-safety: pure functions.
//
// Invariant: images are taken one after the other in ascending order.
#pragma once

#include <morph/graph/kernels/window.hpp>
#include <morph/graph/tensor.hpp>

namespace morph::kernels {

/// Shape of the result; of `w` only stride and padding count. MM0107 for
/// shapes that do not fit.
result<shape> conv_shape(const shape& x, const shape& filters, window w);

result<tensor> conv2d(const tensor& x, const tensor& filters, const window& w);

/// For a cotangent `g` of the result, that of the images of shape `x`.
result<tensor> conv2d_input_grad(const tensor& g, const tensor& filters,
                                 const shape& x, const window& w);

/// For a cotangent `g` of the result, that of the filters of shape `filters`.
result<tensor> conv2d_weight_grad(const tensor& g, const tensor& x,
                                  const shape& filters, const window& w);

} // namespace morph::kernels
