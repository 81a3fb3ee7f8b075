#include <morph/graph/error.hpp>
#include <morph/graph/tensor_pool.hpp>

#include <array>
#include <cstdint>
#include <cstdlib>
#include <string>

namespace morph::tensor_pool {

namespace {

constexpr size_t granule = 64;
constexpr size_t largest_unaligned = 128; // an aligned one would take 192
constexpr size_t largest_pooled = 4096;
constexpr size_t most_blocks = 64; // per size class and thread

struct free_block {
  free_block* next;
};

struct free_list {
  free_block* head = nullptr;
  size_t count = 0;
};

struct thread_cache {
  std::array<free_list, largest_pooled / granule + 1> lists;

  ~thread_cache();
};

// A tensor that outlives its thread's cache goes straight to the heap.
thread_local bool cache_gone = false;
thread_local thread_cache cache;

thread_cache::~thread_cache() {
  cache_gone = true;
  for (auto& list : lists)
    while (list.head) {
      auto* next = list.head->next;
      std::free(list.head);
      list.head = next;
    }
}

size_t rounded(size_t bytes) noexcept {
  return (bytes + granule - 1) / granule * granule;
}

} // namespace

void* allocate(size_t bytes) {
  auto n = rounded(bytes);
  if (n <= largest_pooled && !cache_gone) {
    auto& list = cache.lists[n / granule];
    if (auto* block = list.head) {
      list.head = block->next;
      --list.count;
      return block;
    }
  }
  auto* memory
    = n <= largest_unaligned ? std::malloc(n) : std::aligned_alloc(granule, n);
  if (memory)
    return memory;
  throw failure{error{errc::allocation_too_large,
                      "out of memory for " + std::to_string(n) + " bytes"}};
}

void release(void* memory, size_t bytes) noexcept {
  auto n = rounded(bytes);
  if (n <= largest_pooled && !cache_gone) {
    auto& list = cache.lists[n / granule];
    if (list.count < most_blocks) {
      list.head = new (memory) free_block{list.head};
      ++list.count;
      return;
    }
  }
  std::free(memory);
}

} // namespace morph::tensor_pool
