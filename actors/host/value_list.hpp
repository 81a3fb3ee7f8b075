// Lists of values inside messages that CAF moves by itself.
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/value.hpp>

#include <vector>

namespace morph {

/// Encodes values or none, each with its length, so that one of a type that
/// the reader does not know leaves the others readable. Fails for types that
/// cannot travel.
bool apply_values(byte_writer& f, const std::vector<value>& xs);

/// Inverse; values of unknown types become `undecodable`.
bool apply_values(byte_reader& f, std::vector<value>& xs);

} // namespace morph
