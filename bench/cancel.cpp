// What it takes to end a hundred thousand branches on three host processes by
// cancelling their scope.
#include "host_process.hpp"
#include "report.hpp"

#include <morph/actors/remote/remote_task.hpp>
#include <morph/actors/task/tasks.hpp>

#include <cstdlib>
#include <thread>
#include <vector>

using namespace morph;

namespace {

constexpr uint64_t many = 100'000;

task<int> sleeps(context& self, int64_t ms) {
  co_await self.sleep_for(std::chrono::milliseconds{ms});
  co_return 7;
}

const remote_task sleeps_task{"sleeps", sleeps};

task<void> sleep_everywhere(context& self) {
  scope s{self};
  for (uint64_t i = 0; i < many; ++i)
    s.branch(sleeps, 3'600'000, spread);
  co_await s.join();
}

template <class F>
void wait_until(cluster& c, F ok) {
  while (!ok(c.counts()))
    std::this_thread::yield();
}

void measure(const std::vector<endpoint>& hosts) {
  bench::networked config;
  caf::actor_system system{config};
  cluster_options options;
  options.hosts = hosts;
  options.key = bench::host_key;
  cluster c{system, options};
  std::vector<double> begun, ended, gone;
  for (int round = 0; round < 11; ++round) {
    auto t0 = now_ns();
    auto x = start(c, sleep_everywhere);
    wait_until(c, [](const auto& xs) {
      uint64_t n = 0;
      for (auto& y : xs)
        n += y.timers;
      return n == many;
    });
    auto t1 = now_ns();
    x.cancel();
    (void)x.get();
    auto t2 = now_ns();
    wait_until(c, [](const auto& xs) {
      return std::all_of(xs.begin(), xs.end(),
                         [](auto& y) { return y.empty(); });
    });
    begun.push_back(static_cast<double>(t1 - t0));
    ended.push_back(static_cast<double>(t2 - t1));
    gone.push_back(static_cast<double>(now_ns() - t1));
  }
  bench::line("100 000 branches on three hosts, until all run",
              bench::median(begun) / 1e6, "ms", "");
  bench::line("cancelled, until the owner goes on", bench::median(ended) / 1e6,
              "ms", "");
  bench::line("cancelled, until every host counts zero",
              bench::median(gone) / 1e6, "ms", "(target <= 50)");
  c.stop_hosts();
}

} // namespace

int main() {
  bench::host_process a{"a1"};
  bench::host_process b{"a2"};
  bench::host_process c{"a3"};
  measure({a.where(), b.where(), c.where()});
  return EXIT_SUCCESS;
}
