#include <morph/actors/task/sharded_count.hpp>

namespace morph::tasks {

size_t sharded_count::shard() noexcept {
  static std::atomic<size_t> threads{0};
  thread_local size_t mine
    = threads.fetch_add(1, std::memory_order_relaxed) % num_shards;
  return mine;
}

} // namespace morph::tasks
