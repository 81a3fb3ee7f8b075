// Parts of the task library that stand alone.
#include "actors/task/programs.hpp"

#include <morph/actors/task/frame_pool.hpp>
#include <morph/actors/task/seeded_choice.hpp>
#include <morph/actors/task/virtual_clock.hpp>

#include <cstring>
#include <set>
#include <thread>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

TEST_CASE("frames of all sizes are told apart", "[task][parts]") {
  std::vector<std::pair<unsigned char*, size_t>> blocks;
  for (size_t n = 1; n < 5000; n += 37) {
    auto* p = static_cast<unsigned char*>(tasks::allocate_frame(n));
    std::memset(p, static_cast<int>(n % 251), n);
    blocks.emplace_back(p, n);
  }
  for (auto& [p, n] : blocks) {
    CHECK(p[0] == n % 251);
    CHECK(p[n - 1] == n % 251);
    tasks::free_frame(p, n);
  }
}

TEST_CASE("a thread that frees for others does not hoard", "[task][parts]") {
  constexpr size_t size = 512;
  std::vector<void*> blocks(10000);
  for (auto& p : blocks)
    p = tasks::allocate_frame(size);
  size_t kept = 0;
  std::thread other{[&] {
    for (auto* p : blocks)
      tasks::free_frame(p, size);
    kept = tasks::frames_kept();
  }};
  other.join();
  CHECK(kept <= tasks::kept_bytes);
}

TEST_CASE("a seed determines its choices", "[task][parts]") {
  seeded_choice a{5};
  seeded_choice b{5};
  seeded_choice c{6};
  std::set<size_t> seen;
  for (size_t n = 1; n < 200; ++n) {
    auto x = a.pick(n);
    CHECK(x < n);
    CHECK(b.pick(n) == x);
    seen.insert(x);
    (void)c.pick(n);
  }
  CHECK(a.fingerprint() == b.fingerprint());
  CHECK(a.fingerprint() != c.fingerprint());
  CHECK(seen.size() > 50);
}

TEST_CASE("a virtual clock never goes back", "[task][parts]") {
  virtual_clock clock;
  clock.advance_to(task_time{5s});
  clock.advance_to(task_time{3s});
  CHECK(clock.now() == task_time{5s});
}

TEST_CASE("a sharded count adds up", "[task][parts]") {
  tasks::sharded_count n;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&n] {
      for (int k = 0; k < 1000; ++k)
        n.add(k % 2 ? 1 : 2);
    });
  for (auto& x : threads)
    x.join();
  CHECK(n.sum() == 6000);
}
