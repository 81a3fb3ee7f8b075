// What a cluster has learned of one function.
//
// Thread-safety: all members may be used from any thread; means are those of
// the latest runs, or nearly so.
#pragma once

#include <morph/actors/remote/function_table.hpp>

#include <atomic>
#include <cstdint>

namespace morph::tasks {

/// A mean that forgets.
class recent_mean {
public:
  void add(int64_t x) noexcept {
    constexpr uint64_t memory = 32;
    auto n = count_.fetch_add(1, std::memory_order_relaxed) + 1;
    auto old = mean_.load(std::memory_order_relaxed);
    auto weight = static_cast<int64_t>(n < memory ? n : memory);
    mean_.store(old + (x - old) / weight, std::memory_order_relaxed);
  }

  int64_t get() const noexcept {
    return mean_.load(std::memory_order_relaxed);
  }

  uint64_t count() const noexcept {
    return count_.load(std::memory_order_relaxed);
  }

private:
  std::atomic<uint64_t> count_{0};
  std::atomic<int64_t> mean_{0};
};

struct known_function {
  explicit known_function(const remote_function& f) noexcept : what(&f) {
    // nop
  }

  const remote_function* what;
  recent_mean run_ns; ///< Of runs that gave a result, wherever they were.
  recent_mean bytes;  ///< Arguments and result of runs elsewhere.
  std::atomic<uint64_t> here{0};
  std::atomic<uint64_t> elsewhere{0};
};

} // namespace morph::tasks
