// What a set of trained parameters is worth, and its fingerprint.
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <morph/actors/session/session.hpp>
#include <morph/apps/morph/model.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace morph::cli {

struct score {
  int64_t examples = 0;
  double loss = 0;
  std::optional<double> accuracy; ///< Part of classes that are right.
};

/// Runs the model on all rows, on the caller's thread. Throws `failure`.
score measure(const model& m, const parameter_map& parameters,
              const dataset& rows);

/// SHA-256 over names, types, shapes and bytes, in order of names; hexadecimal.
std::string fingerprint(const parameter_map& parameters);

} // namespace morph::cli
