// Time that somebody else moves: what `memory_io` runs on.
//
// Thread-safety: none; all of a simulated world runs on one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace morph {

class io_timeline {
public:
  virtual ~io_timeline();

  /// Nanoseconds.
  virtual int64_t now() const noexcept = 0;

  /// Calls `f` when it is `when`, or next if that has passed; in order of
  /// time, then of these calls.
  virtual void at(int64_t when, std::function<void()> f) = 0;
};

/// Goes from one thing that is due to the next.
class manual_timeline final : public io_timeline {
public:
  int64_t now() const noexcept override {
    return now_;
  }

  void at(int64_t when, std::function<void()> f) override;

  /// Does what is due next; false if there is nothing.
  bool run_one();

  /// Until nothing is left.
  void run();

private:
  int64_t now_ = 0;
  uint64_t count_ = 0;
  std::map<std::pair<int64_t, uint64_t>, std::function<void()>> due_;
};

} // namespace morph
