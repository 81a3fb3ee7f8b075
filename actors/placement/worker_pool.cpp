#include <morph/actors/placement/worker_pool.hpp>

#include <algorithm>

namespace morph::placement {

worker_pool::slot worker_pool::earliest(double ready, double time) const {
  // The worker that is free last among those free in time leaves the others
  // for earlier tasks; with none in time, the first to become free.
  std::size_t worker = 0;
  for (std::size_t w = 1; w < free_at_.size(); ++w) {
    auto in_time = free_at_[w] <= ready;
    auto best_in_time = free_at_[worker] <= ready;
    if (in_time != best_in_time ? in_time
                                : (in_time ? free_at_[w] > free_at_[worker]
                                           : free_at_[w] < free_at_[worker]))
      worker = w;
  }
  slot best{std::max(ready, free_at_[worker]), at_end, worker};
  for (std::size_t i = 0; i < gaps_.size(); ++i) {
    auto start = std::max(ready, gaps_[i].begin);
    if (start + time <= gaps_[i].end && start < best.start)
      best = {start, i, 0};
  }
  return best;
}

void worker_pool::book(const slot& where, double time) {
  auto finish = where.start + time;
  if (where.gap == at_end) {
    auto before = gap{free_at_[where.worker], where.start};
    free_at_[where.worker] = finish;
    remember(before);
    return;
  }
  auto old = gaps_[where.gap];
  gaps_.erase(gaps_.begin() + static_cast<std::ptrdiff_t>(where.gap));
  remember({old.begin, where.start});
  remember({finish, old.end});
}

void worker_pool::remember(gap g) {
  if (g.end <= g.begin)
    return;
  if (gaps_.size() == gaps_per_host)
    gaps_.erase(gaps_.begin());
  gaps_.push_back(g);
}

} // namespace morph::placement
