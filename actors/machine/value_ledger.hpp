// Accounts for the forward values that the nodes of one host hold, each
// payload once however many nodes refer to it.
//
// Thread-safety: all members may be called from any thread.
#pragma once

#include <morph/graph/value.hpp>

#include <cstdint>
#include <mutex>
#include <unordered_map>

namespace morph {

class value_ledger {
public:
  /// Counts one more holder; null values are ignored.
  void hold(const value& x);

  /// Counts one holder less. REQUIRES: `x` is null or held.
  void release(const value& x);

  int64_t live_bytes() const;
  int64_t peak_bytes() const;
  void reset_peak();

private:
  mutable std::mutex mutex_;
  std::unordered_map<const value_rep*, uint32_t> holders_;
  int64_t live_ = 0;
  int64_t peak_ = 0;
};

} // namespace morph
