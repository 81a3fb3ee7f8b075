// What a branch costs: fib(25) by 242 785 of them, folded into one strand and
// as actors; memory; throughput under a limit of concurrency.
#include "report.hpp"

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/task/tasks.hpp>

#include <atomic>

using namespace morph;
using namespace std::chrono_literals;

namespace {

constexpr long n = 25;
constexpr double branches = 242785;

long plain(long x) {
  return x < 2 ? x : plain(x - 1) + plain(x - 2);
}

task<long> folded(context& self, long x) {
  if (x < 2)
    co_return x;
  auto a = self.branch(folded, x - 1, keep_local);
  auto b = self.branch(folded, x - 2, keep_local);
  co_return co_await a + co_await b;
}

task<long> spreading(context& self, long x) {
  if (x < 2)
    co_return x;
  auto a = self.branch(spreading, x - 1, spread);
  auto b = self.branch(spreading, x - 2, spread);
  co_return co_await a + co_await b;
}

task<long> unhinted(context& self, long x) {
  if (x < 2)
    co_return x;
  auto a = self.branch(unhinted, x - 1);
  auto b = self.branch(unhinted, x - 2);
  co_return co_await a + co_await b;
}

template <class F>
void recursion(const char* what, thread_runtime& rt, F f, const char* target) {
  run(rt, f, n);
  auto t = bench::median_ns(11, [&] { run(rt, f, n); });
  bench::line(what, t / branches, "ns", target);
}

/// An actor for each branch, however many there are.
class always_actors final : public placer {
public:
  result<branch_site> place(const branch_hints&, const task_runtime&) override {
    return branch_site::own_strand;
  }

  std::vector<std::string> hosts(const task_runtime&) const override {
    return {};
  }
};

/// The same with an eye on how many exist at a time.
task<long> watched(context& self, long x, std::atomic<int64_t>* most,
                   int folding) {
  if (x < 2) {
    auto now = self.runtime().counts().branches;
    auto m = most->load(std::memory_order_relaxed);
    while (now > m && !most->compare_exchange_weak(m, now)) {
      // nop
    }
    co_return x;
  }
  auto branch = [&](long y) {
    return folding ? self.branch(watched, y, most, folding, keep_local)
                   : self.branch(watched, y, most, folding, spread);
  };
  auto a = branch(x - 1);
  auto b = branch(x - 2);
  co_return co_await a + co_await b;
}

/// A loop of branches that takes results as they come.
task<long> many(context& self, long count) {
  scope s{self, at_most(64)};
  long sum = 0;
  for (long i = 0; i < count; ++i) {
    co_await s.room();
    s.branch([](long x) { return x & 1; }, i);
    if (s.live() > 32)
      sum += (co_await s.next<long>()).value_or(0);
  }
  while (auto x = co_await s.next<long>())
    sum += *x;
  co_return sum;
}

std::atomic<int> inside_fetch{0};
std::atomic<int> most_fetch{0};

task<void> fetch(context& self) {
  auto now = ++inside_fetch;
  auto m = most_fetch.load();
  while (now > m && !most_fetch.compare_exchange_weak(m, now)) {
    // nop
  }
  co_await self.sleep_for(20ms);
  --inside_fetch;
}

task<void> store(context& self) {
  co_await self.sleep_for(20ms);
}

task<void> five_and_one(context& self) {
  scope s{self, at_most(5, fetch), at_most(1, store)};
  for (int i = 0; i < 20; ++i) {
    for (int k = 0; k < 5; ++k)
      s.branch(fetch);
    s.branch(store);
  }
  co_await s.join();
}

void memory(thread_runtime& threads) {
  for (auto folding : {1, 0}) {
    std::atomic<int64_t> most{0};
    run(threads, watched, n, &most, folding);
    bench::line(folding ? "most branches at a time, folded"
                        : "most branches at a time, spread",
                static_cast<double>(most), "", "(of 242785)");
  }
  run(threads, many, 100'000L);
  auto before = bench::resident_bytes();
  run(threads, many, 1'000'000L);
  bench::line("a million branches in a loop, growth",
              (bench::resident_bytes() - before) / 1e6, "MB", "");
  before = bench::resident_bytes();
  for (int i = 0; i < 5; ++i)
    run(threads, folded, n);
  bench::line("1 213 925 folded branches, growth",
              (bench::resident_bytes() - before) / 1e6, "MB", "");
}

void limits(thread_runtime& threads) {
  auto t = bench::median_ns(3, [&] { run(threads, five_and_one); });
  bench::line("at most 5 and 1: over the ideal 400 ms", t / 400e6, "",
              "(target <= 1.05)");
  bench::line("most at a time", most_fetch, "", "(limit 5)");
}

} // namespace

int main() {
  volatile long input = n;
  volatile long output = 0;
  auto base = bench::median_ns(11, [&] { output = plain(input); });
  bench::line("fib(25) by plain calls, per call", base / branches, "ns", "");
  {
    inline_runtime here;
    run(here, folded, n);
    auto t = bench::median_ns(11, [&] { run(here, folded, n); });
    bench::line("inline, folded, per branch", t / branches, "ns", "");
  }
  thread_runtime threads{2};
  recursion("folded, per branch", threads, folded, "(target <= 400)");
  recursion("as it likes, per branch", threads, unhinted, "");
  recursion("spread, per branch", threads, spreading, "");
  memory(threads);
  limits(threads);
  threads.tasks().use(std::make_shared<always_actors>());
  recursion("each an actor, per branch", threads, spreading,
            "(target <= 1500)");
  std::atomic<int64_t> most{0};
  run(threads, watched, n, &most, 0);
  bench::line("most branches at a time, each an actor",
              static_cast<double>(most), "", "(of 242785)");
  return 0;
}
