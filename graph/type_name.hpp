// C++ types as people write them, for messages.
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <string>

namespace morph {

/// `shop::price` for the name that a compiler gives to that type; other names
/// stay as they are.
std::string readable_type(const std::string& name);

} // namespace morph
