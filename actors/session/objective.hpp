// What a session shall do with gradients.
#pragma once

#include <morph/actors/machine/optimiser.hpp>
#include <morph/graph/graph.hpp>

#include <initializer_list>
#include <vector>

namespace morph {

/// Losses to differentiate, and what to do with the gradients.
struct objective {
  std::vector<expr> losses;     ///< Scalars; their gradients add up.
  std::vector<expr> wrt;        ///< Gradients that each step returns.
  optimiser update;             ///< Trains the parameters behind the losses.
  double clip_norm = 0;         ///< Bound of the gradients' global 2-norm.
  bool watch_gradients = false; ///< Refuse steps with NaN or infinity.

  /// Scales gradients down to a global 2-norm of at most `norm`.
  objective clip(double norm) const {
    auto out = *this;
    out.clip_norm = norm;
    return out;
  }

  /// Lets a step whose gradients hold NaN or infinity fail (MM0205).
  objective watch() const {
    auto out = *this;
    out.watch_gradients = true;
    return out;
  }
};

/// Trains all parameters behind `loss`.
objective minimise(const expr& loss, const optimiser& update);

/// Trains all parameters behind the sum of `losses`.
objective minimise(std::vector<expr> losses, const optimiser& update);

/// Returns the gradients of `loss` (or of the sum of several) in each step.
objective gradients_of(const expr& loss, std::vector<expr> wrt);
objective gradients_of(std::vector<expr> losses, std::vector<expr> wrt);

} // namespace morph
