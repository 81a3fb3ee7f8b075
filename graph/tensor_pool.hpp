// Memory of tensors: aligned to 64 bytes, the smallest blocks to 16; small
// blocks are recycled per thread.
//
// Thread-safety: any thread may release what another has allocated.
// Invariant: a thread's free lists hold a bounded number of bytes.
#pragma once

#include <cstddef>

namespace morph::tensor_pool {

/// Returns at least `bytes` bytes; throws `failure` (MM0304) when the
/// system has no more.
void* allocate(size_t bytes);

/// Gives back what `allocate(bytes)` returned.
void release(void* memory, size_t bytes) noexcept;

} // namespace morph::tensor_pool
