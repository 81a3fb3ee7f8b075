// Gradients through what actually ran.
//
// Thread-safety: pure functions of immutable values.
//
// Invariants:
// 1. The steps on the way count in the order in which a depth-first walk from
//    the loss leaves them, inputs from first to last: that of a program that
//    computes what it needs before it uses it. Cotangents of one value are
//    summed from the left in the order of their consumers, then of the uses in
//    each; seeds come last. Neither threads nor hosts change this order.
// 2. A graph whose nodes stand in that order gives the same bits.
// 3. Nothing recurses over the length of the path.
#pragma once

#include <morph/autodiff/path/traced.hpp>

#include <span>
#include <vector>

namespace morph {

/// Gradients of the loss, a single number, in `leaves`; zeros for a tensor on
/// which it does not depend, null for another value. Throws `failure`: MM0201
/// for a loss that is not one number, MM0203 for what is not a leaf, and what
/// the derivative of a node throws.
std::vector<value> gradients(const traced& loss,
                             std::span<const traced> leaves);

/// The same for tensors.
std::vector<tensor> gradients(const traced& loss,
                              const std::vector<traced>& leaves);

/// Gradients of sum(seeds[i] * outputs[i]), null where none comes. A null seed
/// stands for zero.
std::vector<value> pull_back(std::span<const traced> outputs,
                             std::span<const value> seeds,
                             std::span<const traced> leaves);

} // namespace morph
