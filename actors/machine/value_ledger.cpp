#include <morph/actors/machine/value_ledger.hpp>

#include <algorithm>

namespace morph {

void value_ledger::hold(const value& x) {
  if (!x)
    return;
  std::lock_guard guard{mutex_};
  if (++holders_[x.rep()] == 1) {
    live_ += static_cast<int64_t>(x.bytes());
    peak_ = std::max(peak_, live_);
  }
}

void value_ledger::release(const value& x) {
  if (!x)
    return;
  std::lock_guard guard{mutex_};
  auto i = holders_.find(x.rep());
  if (i != holders_.end() && --i->second == 0) {
    live_ -= static_cast<int64_t>(x.bytes());
    holders_.erase(i);
  }
}

int64_t value_ledger::live_bytes() const {
  std::lock_guard guard{mutex_};
  return live_;
}

int64_t value_ledger::peak_bytes() const {
  std::lock_guard guard{mutex_};
  return peak_;
}

void value_ledger::reset_peak() {
  std::lock_guard guard{mutex_};
  peak_ = live_;
}

} // namespace morph
