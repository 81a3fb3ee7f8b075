// libtorch's chain of multiplies, to measure beside ours in one process. Built
// where libtorch is installed; apart, as its headers are slow to compile.
#pragma once

namespace morph::bench {

/// A chain of `n` multiplications of one f64 by a constant, on one thread.
class torch_chain {
public:
  explicit torch_chain(int n);

  /// Returns the result for `x`, without a record for gradients.
  double forward(double x) const;

  /// Returns the derivative at `x`.
  double forward_and_backward(double x) const;

private:
  int n_;
};

} // namespace morph::bench
