// What this program was built from.
#pragma once

#include <string>

namespace morph::cli {

/// Versions of the program, of CAF and of the compiler.
std::string version_text();

} // namespace morph::cli
