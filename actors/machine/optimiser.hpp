// Optimisers as pure functions over one parameter.
//
// Thread-safety: plain values and pure functions.
// Invariant: the new value depends on value, gradient, state and step count
// alone, element by element, so it is the same bits wherever it is computed.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>

#include <cstdint>
#include <vector>

namespace morph {

/// Stochastic gradient descent, with heavy-ball momentum if `momentum` > 0:
/// u = momentum * u + g; x = x - rate * u.
struct sgd {
  double rate = 0.01;
  double momentum = 0;
  double weight_decay = 0; ///< Added to the gradient: g + weight_decay * x.
};

/// Adam (Kingma and Ba 2015, algorithm 1). `weight_decay` is decoupled
/// (Loshchilov and Hutter 2019).
struct adam {
  double rate = 1e-3;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 0;
};

/// Any of the above, in a form that can travel.
class optimiser {
public:
  enum class method : uint8_t { none, sgd, adam };

  optimiser() = default;
  optimiser(const sgd& x);
  optimiser(const adam& x);

  method kind() const noexcept {
    return kind_;
  }

  explicit operator bool() const noexcept {
    return kind_ != method::none;
  }

  /// Tensors of state kept per parameter: 0, 1 or 2.
  size_t state_size() const noexcept;

  template <class Inspector>
  friend bool inspect(Inspector& f, optimiser& x) {
    return f.object(x).fields(f.field("kind", x.kind_),
                              f.field("rate", x.rate_), f.field("a", x.a_),
                              f.field("b", x.b_),
                              f.field("epsilon", x.epsilon_),
                              f.field("weight_decay", x.weight_decay_));
  }

  /// A parameter and what its optimiser remembers.
  struct slot {
    tensor value;
    std::vector<tensor> state;
    uint64_t updates = 0;
  };

  /// Applies `gradient` times `scale`. Fails with MM0204 if the gradient is
  /// not shaped like the value; `x` is then unchanged.
  result<void> update(slot& x, const tensor& gradient, double scale) const;

private:
  method kind_ = method::none;
  double rate_ = 0;
  double a_ = 0; // momentum, or beta1
  double b_ = 0; // beta2
  double epsilon_ = 0;
  double weight_decay_ = 0;
};

/// Sum of squares in element order; NaN or infinity if any element is.
double sum_of_squares(const tensor& x);

} // namespace morph
