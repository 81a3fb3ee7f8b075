// Made-up inputs for a graph, to measure how long it takes.
//
// Thread-safety: pure function.
#pragma once

#include <morph/actors/session/feeds.hpp>
#include <morph/graph/graph.hpp>

#include <cstdint>

namespace morph::cli {

/// One value for each input: uniform numbers, or zeros for integers; dynamic
/// extents become `extent`. Throws `failure` (MM0106) for inputs of user types.
feeds sample_feeds(const graph& g, int64_t extent);

} // namespace morph::cli
