// Draws a graph in DOT, the language of Graphviz. Nodes on one host stand in
// one box; what the user named is written with its name.
//
// Thread-safety: free function, safe from any thread that may read the graph.
#pragma once

#include <morph/graph/graph.hpp>

#include <map>
#include <string>

namespace morph {

/// Equal graphs give equal text. `hosts` may name some nodes' hosts, or none.
std::string to_dot(const graph& g,
                   const std::map<node_id, std::string>& hosts = {});

} // namespace morph
