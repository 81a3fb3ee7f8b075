#include <morph/actors/runtime/deployment_id.hpp>

#include <atomic>
#include <random>

namespace morph {

uint32_t next_deployment_id() {
  static std::atomic<uint32_t> next{std::random_device{}()};
  return next.fetch_add(1, std::memory_order_relaxed);
}

} // namespace morph
