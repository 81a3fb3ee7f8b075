// Whether a sanitizer watches: it multiplies time and memory.
#pragma once

#include <cstdint>

namespace morph::test {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool under_sanitizer = true;
#elif defined(__has_feature)
#  if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
inline constexpr bool under_sanitizer = true;
#  else
inline constexpr bool under_sanitizer = false;
#  endif
#else
inline constexpr bool under_sanitizer = false;
#endif

/// Seeds to try of `n` that are tried without one.
constexpr uint64_t seeds(uint64_t n) {
  return under_sanitizer ? (n + 3) / 4 : n;
}

} // namespace morph::test
