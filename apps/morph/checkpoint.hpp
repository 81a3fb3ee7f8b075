// Parameters in a safetensors file, with what is needed to use them again.
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <morph/actors/session/session.hpp>

#include <filesystem>
#include <map>
#include <string>

namespace morph::cli {

struct checkpoint {
  parameter_map parameters;
  /// `step`, `model`, `scale`, `label`, `train_part`, `split_seed`.
  std::map<std::string, std::string> about;
};

/// Replaces the file as a whole; throws `failure` (MM0405).
void save(const std::filesystem::path& path, const checkpoint& x);

/// Throws `failure` (MM0401 to MM0404).
checkpoint load(const std::filesystem::path& path);

} // namespace morph::cli
