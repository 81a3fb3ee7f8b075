#include <morph/actors/task/promise.hpp>

namespace morph::tasks {

uint32_t& last_frame_bytes() noexcept {
  thread_local uint32_t bytes = 0;
  return bytes;
}

} // namespace morph::tasks
