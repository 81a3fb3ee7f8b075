// Shared libraries that bring node types: loading one registers them.
#pragma once

#include <string>
#include <vector>

namespace morph::cli {

/// Loads all; throws `failure` (MM0401) with the loader's words.
void load_plugins(const std::vector<std::string>& files);

} // namespace morph::cli
