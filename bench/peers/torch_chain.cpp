#include "torch_chain.hpp"

#include <torch/torch.h>

namespace morph::bench {

namespace {

constexpr double factor = 1.0000001;

} // namespace

torch_chain::torch_chain(int n) : n_(n) {
  torch::set_num_threads(1);
}

double torch_chain::forward(double x) const {
  torch::NoGradGuard no_gradients;
  auto y = torch::scalar_tensor(x, torch::kFloat64);
  for (int i = 0; i < n_; ++i)
    y = y * factor;
  return y.item<double>();
}

double torch_chain::forward_and_backward(double x) const {
  auto leaf = torch::scalar_tensor(
    x, torch::TensorOptions{}.dtype(torch::kFloat64).requires_grad(true));
  auto y = leaf;
  for (int i = 0; i < n_; ++i)
    y = y * factor;
  y.backward();
  return leaf.grad().item<double>();
}

} // namespace morph::bench
