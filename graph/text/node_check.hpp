// What a node that comes from outside (a file, another process) must fulfil
// before it may stand in a graph: a builder would have checked as much.
//
// Thread-safety: free function, safe from any thread.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/expr.hpp>
#include <morph/graph/op.hpp>

namespace morph {

/// Checks inputs, attributes and outputs of `x` against its op or user node.
/// Outputs that are empty are inferred; others may differ from what is
/// inferred only where one of both is dynamic. MM0111 wrong number of inputs
/// or outputs, MM0108 no initial value, MM0106, MM0107 types, or what the
/// shape rule returns.
result<void> check_node(graph_node& x, types_view inputs);

} // namespace morph
