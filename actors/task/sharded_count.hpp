// A number that many threads change and few read.
//
// Thread-safety: all members may be called from any thread. A sum that is read
// while others change it is one of the values that it has had or nearly so; it
// is exact when nothing happens.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

namespace morph::tasks {

class sharded_count {
public:
  void add(int64_t n) noexcept {
    shards_[shard()].value.fetch_add(n, std::memory_order_relaxed);
  }

  int64_t sum() const noexcept {
    int64_t out = 0;
    for (auto& x : shards_)
      out += x.value.load(std::memory_order_acquire);
    return out;
  }

private:
  static constexpr size_t num_shards = 8;

  struct alignas(64) padded {
    std::atomic<int64_t> value{0};
  };

  static size_t shard() noexcept;

  std::array<padded, num_shards> shards_;
};

} // namespace morph::tasks
