// Memory for coroutine frames and branches: free lists by size, one set per
// thread. A branch costs two blocks, so the general allocator would be a good
// part of its price.
//
// Thread-safety: all functions may be called from any thread; a block may be
// freed by another thread than the one that allocated it.
// Invariants:
// 1. A thread keeps at most `kept_bytes` of each size; what is freed beyond
//    goes back to the general allocator, so a thread that only frees does not
//    hoard.
// 2. A thread that ends frees what it keeps.
// 3. Under the address sanitizer nothing is kept: a use after free is seen.
#pragma once

#include <cstddef>

namespace morph::tasks {

/// Bytes of one size that a thread keeps.
inline constexpr size_t kept_bytes = size_t{1} << 20;

void* allocate_frame(size_t n);

/// REQUIRES: `n` as it was allocated.
void free_frame(void* p, size_t n) noexcept;

/// Bytes that the calling thread keeps.
size_t frames_kept() noexcept;

} // namespace morph::tasks
