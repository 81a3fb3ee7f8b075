#include <morph/actors/placement/random.hpp>
#include <morph/actors/placement/worker_pool.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <vector>

namespace morph::placement::test {

namespace {

/// Finds the earliest start for a task and takes it.
double put(worker_pool& pool, double ready, double time) {
  auto slot = pool.earliest(ready, time);
  pool.book(slot, time);
  return slot.start;
}

} // namespace

TEST_CASE("a task starts in the first gap that is long enough", "[placement]") {
  worker_pool pool{1};
  CHECK(put(pool, 10, 5) == 10); // leaves 0..10 free
  CHECK(put(pool, 20, 5) == 20); // leaves 15..20 free
  CHECK(put(pool, 0, 4) == 0);
  CHECK(put(pool, 0, 7) == 25); // fits no gap
  CHECK(put(pool, 0, 6) == 4);  // fills 4..10
  CHECK(put(pool, 12, 5) == 15);
  CHECK(put(pool, 0, 1) == 32);
}

TEST_CASE("several workers run several tasks at once", "[placement]") {
  worker_pool pool{2};
  CHECK(put(pool, 0, 10) == 0);
  CHECK(put(pool, 0, 10) == 0);
  CHECK(put(pool, 0, 1) == 10);
  // The worker that is free last in time is taken, the other one stays free.
  CHECK(put(pool, 12, 5) == 12);
  CHECK(put(pool, 0, 5) == 10);
}

TEST_CASE("booked tasks never overlap on more workers than there are",
          "[placement]") {
  for (index workers : {1u, 2u, 5u}) {
    worker_pool pool{workers};
    random r{workers};

    struct task {
      double begin;
      double end;
    };

    std::vector<task> tasks;
    for (int i = 0; i < 300; ++i) {
      auto ready = r.unit() * 100;
      auto time = 0.1 + r.unit();
      auto start = put(pool, ready, time);
      CHECK(start >= ready);
      tasks.push_back({start, start + time});
    }
    for (const auto& a : tasks) {
      auto running
        = std::count_if(tasks.begin(), tasks.end(), [&](const task& b) {
            return b.begin <= a.begin && a.begin < b.end - 1e-9;
          });
      CHECK(running <= workers);
    }
  }
}

} // namespace morph::placement::test
