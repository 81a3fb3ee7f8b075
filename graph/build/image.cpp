// Builder functions of nn.hpp that work on images.
#include <morph/graph/build/apply.hpp>
#include <morph/graph/build/nn.hpp>

namespace morph {

namespace {

attributes conv_attributes(int64_t stride, int64_t padding) {
  return {{"stride", stride}, {"padding", padding}};
}

attributes pool_attributes(int64_t kernel, int64_t stride, int64_t padding) {
  return {{"kernel", kernel},
          {"stride", stride == 0 ? kernel : stride},
          {"padding", padding}};
}

} // namespace

expr conv2d(operand x, operand w, int64_t stride, int64_t padding) {
  return build::apply("conv2d", {x, w}, conv_attributes(stride, padding));
}

expr conv2d_input_grad(operand g, operand w, operand x, int64_t stride,
                       int64_t padding) {
  return build::apply("conv2d_input_grad", {g, w, x},
                      conv_attributes(stride, padding));
}

expr conv2d_weight_grad(operand g, operand x, operand w, int64_t stride,
                        int64_t padding) {
  return build::apply("conv2d_weight_grad", {g, x, w},
                      conv_attributes(stride, padding));
}

expr max_pool2d(operand x, int64_t kernel, int64_t stride, int64_t padding) {
  return build::apply("max_pool2d", {x},
                      pool_attributes(kernel, stride, padding));
}

expr max_pool2d_grad(operand x, operand g, int64_t kernel, int64_t stride,
                     int64_t padding) {
  return build::apply("max_pool2d_grad", {x, g},
                      pool_attributes(kernel, stride, padding));
}

expr max_pool2d_pick(operand x, operand t, int64_t kernel, int64_t stride,
                     int64_t padding) {
  return build::apply("max_pool2d_pick", {x, t},
                      pool_attributes(kernel, stride, padding));
}

expr avg_pool2d(operand x, int64_t kernel, int64_t stride, int64_t padding) {
  return build::apply("avg_pool2d", {x},
                      pool_attributes(kernel, stride, padding));
}

expr avg_pool2d_grad(operand g, operand x, int64_t kernel, int64_t stride,
                     int64_t padding) {
  return build::apply("avg_pool2d_grad", {g, x},
                      pool_attributes(kernel, stride, padding));
}

} // namespace morph
