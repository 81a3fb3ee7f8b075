// Base64 (RFC 4648, section 4, with padding): bytes as text.
//
// Thread-safety: free functions, safe from any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace morph {

std::string to_base64(std::span<const std::byte> bytes);

/// None if `text` is not what `to_base64` would write for some bytes.
std::optional<std::vector<std::byte>> from_base64(std::string_view text);

} // namespace morph
