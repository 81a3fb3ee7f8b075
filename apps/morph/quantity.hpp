// Numbers of bytes as people write them.
//
// Thread-safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

namespace morph::cli {

/// Reads `4096`, `64kB` (powers of 1000) or `64KiB` (powers of 1024). Throws
/// `usage_error` for anything else.
uint64_t parse_bytes(const std::string& text);

} // namespace morph::cli
