// What it takes to cancel a hundred thousand branches on three hosts.
#include "actors/remote/remote_functions.hpp"

using namespace morph;
using namespace morph::test;

namespace {

constexpr uint64_t many = 100'000;

task<void> sleep_everywhere(context& self) {
  scope s{self};
  for (uint64_t i = 0; i < many; ++i)
    s.branch(sleeps, 3'600'000, spread);
  co_await s.join();
}

double ms_since(int64_t t) {
  return static_cast<double>(now_ns() - t) / 1e6;
}

} // namespace

TEST_CASE("a hundred thousand branches on three hosts are gone when cancelled",
          "[remote][slow][serial]") {
  local_cluster c{3};
  auto& rt = c.runtime();
  for (int round = 0; round < 3; ++round) {
    auto t0 = now_ns();
    auto x = start(rt, sleep_everywhere);
    REQUIRE(comes_to(rt, [](auto n) {
      return n.size() == 4 && n[1].timers + n[2].timers + n[3].timers == many;
    }));
    auto started = ms_since(t0);
    auto t1 = now_ns();
    x.cancel();
    CHECK(!x.get());
    auto ended = ms_since(t1);
    CHECK(nothing_left(rt));
    auto gone = ms_since(t1);
    WARN("all run after " << started << " ms; cancelled after " << ended
                          << " ms, all counters zero after " << gone << " ms");
    CHECK(gone < 1000);
  }
}
