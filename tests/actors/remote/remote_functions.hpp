// Functions that all processes of these tests know.
#pragma once

#include "actors/support/local_cluster.hpp"

#include <morph/actors/remote/remote_task.hpp>
#include <morph/actors/task/tasks.hpp>
#include <morph/graph/clock.hpp>

#include <catch2/catch.hpp>
#include <unistd.h>

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace morph::test {

struct summary {
  std::string of;
  std::vector<double> moments;

  bool operator==(const summary&) const = default;

  template <class F>
  friend bool inspect(F& f, summary& x) {
    return f.object(x).fields(f.field("of", x.of),
                              f.field("moments", x.moments));
  }
};

/// Has no `inspect`.
struct homebound {
  int x = 0;
};

inline task<long> far_fib(context& self, long n) {
  if (n < 2)
    co_return n;
  auto a = self.branch(far_fib, n - 1);
  auto b = self.branch(far_fib, n - 2, keep_local);
  co_return co_await a + co_await b;
}

inline const remote_task far_fib_task{"far_fib", far_fib};

inline summary summarise(std::string name, const std::vector<double>& xs) {
  summary out{std::move(name), {0, 0}};
  for (auto x : xs) {
    out.moments[0] += x;
    out.moments[1] += x * x;
  }
  return out;
}

inline const remote_task summarise_task{"summarise", summarise};

inline tensor twice(const tensor& x) {
  auto out = tensor::zeros(f64, x.shape());
  for (int64_t i = 0; i < x.elements(); ++i)
    out.mutable_data<double>()[i] = 2 * x.data<double>()[i];
  return out;
}

inline const remote_task twice_task{"twice", twice};

inline int process_id() {
  return getpid();
}

inline const remote_task process_id_task{"process_id", process_id};

inline task<int> sleeps(context& self, int64_t ms) {
  co_await self.sleep_for(std::chrono::milliseconds{ms});
  co_return 7;
}

inline const remote_task sleeps_task{"sleeps", sleeps};

inline task<int> sleeps_over(context& self, std::string) {
  co_await self.sleep_for(std::chrono::hours{1});
  co_return 7;
}

inline const remote_task sleeps_over_task{"sleeps_over", sleeps_over};

/// What it has branched itself is gone before it is.
inline task<void> sleeps_with_many(context& self) {
  scope s{self};
  for (int i = 0; i < 20; ++i)
    s.branch(sleeps, 3'600'000);
  co_await s.join();
}

inline const remote_task sleeps_with_many_task{"sleeps_with_many",
                                               sleeps_with_many};

inline task<int> refuses(context&, int x) {
  throw failure{{errc::invalid_attribute, "not " + std::to_string(x)}};
  co_return 0;
}

inline const remote_task refuses_task{"refuses", refuses};

inline int64_t until_deadline(context& self) {
  auto due = self.deadline();
  return due ? (*due - self.now()).count() : -1;
}

inline const remote_task until_deadline_task{"until_deadline", until_deadline};

/// How many are inside at a time in this process.
inline task<int> counts_insiders(context& self) {
  static std::atomic<int> inside{0};
  auto n = ++inside;
  co_await self.sleep_for(std::chrono::milliseconds{2});
  --inside;
  co_return n;
}

inline const remote_task counts_insiders_task{"counts_insiders",
                                              counts_insiders};

inline void does_nothing() {
  // nop
}

inline const remote_task does_nothing_task{"does_nothing", does_nothing};

inline int has_no_name(int x) {
  return x;
}

inline int stays_home(homebound x) {
  return x.x;
}

/// Counts are what `ok` wants within ten seconds.
template <class F>
bool comes_to(cluster& c, F ok) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock guard{mutex};
  for (auto end = now_ns() + 10'000'000'000; now_ns() < end;) {
    if (ok(c.counts()))
      return true;
    never.wait_for(guard, std::chrono::microseconds{200});
  }
  return false;
}

inline uint64_t total_branches(const std::vector<host_counts>& xs) {
  uint64_t out = 0;
  for (auto& x : xs)
    out += x.branches;
  return out;
}

inline bool nothing_left(cluster& c) {
  return comes_to(c, [](auto xs) {
    for (auto& x : xs)
      if (!x.empty())
        return false;
    return true;
  });
}

} // namespace morph::test
