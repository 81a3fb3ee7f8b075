// The two sweeps behind the transforms.
//
// Thread-safety: as `graph`.
#pragma once

#include <morph/graph/expr.hpp>

#include <vector>

namespace morph {

/// Cotangents of `inputs`, null where none comes: the input is then on no path
/// to a seed, or a rule has no gradient for it.
/// REQUIRES: as `sweep_reverse`.
std::vector<expr> sweep_cotangents(graph_data& g,
                                   const std::vector<expr>& outputs,
                                   const std::vector<expr>& inputs,
                                   const std::vector<expr>& seeds);

/// Gradients of `inputs`, zeros where no cotangent comes; see `vjp`.
/// REQUIRES: all belong to `g`; inputs and outputs are differentiable types;
///           a seed is null or has the type of its output.
std::vector<expr> sweep_reverse(graph_data& g, const std::vector<expr>& outputs,
                                const std::vector<expr>& inputs,
                                const std::vector<expr>& seeds);

/// Tangents of `outputs`; see `jvp`.
/// REQUIRES: as above, with tangents for seeds.
std::vector<expr> sweep_forward(graph_data& g, const std::vector<expr>& outputs,
                                const std::vector<expr>& inputs,
                                const std::vector<expr>& tangents);

} // namespace morph
