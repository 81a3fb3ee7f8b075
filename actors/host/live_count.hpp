// Counts the node actors of this process, so that tests and users can see that
// nothing is left behind.
#pragma once

#include <atomic>
#include <cstdint>

namespace morph {

/// One per initialised node actor, as a member of its state.
class live_count {
public:
  live_count() noexcept {
    count().fetch_add(1, std::memory_order_relaxed);
  }

  live_count(const live_count&) = delete;
  live_count& operator=(const live_count&) = delete;

  ~live_count() {
    count().fetch_sub(1, std::memory_order_relaxed);
  }

  static std::atomic<int64_t>& count() noexcept {
    static std::atomic<int64_t> instance{0};
    return instance;
  }
};

} // namespace morph
