// What all fuzzers share: how they look at bytes, and how they complain.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace morph::fuzz {

inline std::span<const std::byte> as_bytes(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const std::byte*>(data), size};
}

inline std::string_view as_text(const uint8_t* data, size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

/// Ends the run, so that the fuzzer keeps the input.
inline void require(bool holds) {
  if (!holds)
    __builtin_trap();
}

} // namespace morph::fuzz
