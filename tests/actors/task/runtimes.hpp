// The runtimes that the conformance suite runs on, and what must hold after
// each of its programs.
#pragma once

#include "actors/support/local_cluster.hpp"

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/sim/sim.hpp>
#include <morph/actors/task/actor_tasks.hpp>
#include <morph/actors/task/inline_tasks.hpp>
#include <morph/actors/task/sim_tasks.hpp>
#include <morph/actors/task/tasks.hpp>
#include <morph/graph/clock.hpp>

#include <catch2/catch.hpp>

#include <atomic>
#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace morph::test {

/// Gives a strand to every branch that does not insist on being folded, or to
/// none.
class fixed_placer final : public placer {
public:
  explicit fixed_placer(branch_site site) : site_(site) {
    // nop
  }

  result<branch_site> place(const branch_hints& hints,
                            const task_runtime& rt) override {
    local_placer local;
    auto x = local.place(hints, rt);
    if (x && !hints.needs_overlap && !hints.spread && !hints.keep_local)
      return site_;
    return x;
  }

  std::vector<std::string> hosts(const task_runtime& rt) const override {
    return {rt.name()};
  }

private:
  branch_site site_;
};

/// Until nothing is alive, or ten seconds have passed. What is driven by who
/// waits goes on meanwhile.
inline bool drained(task_runtime& rt) {
  std::mutex mutex;
  std::condition_variable never;
  std::unique_lock guard{mutex};
  for (auto end = now_ns() + 10'000'000'000; now_ns() < end;) {
    if (rt.counts().none())
      return true;
    run(rt, [] {});
    never.wait_for(guard, std::chrono::microseconds{200});
  }
  return false;
}

struct place_to_run {
  std::string name;
  std::function<std::unique_ptr<task_runtime>()> make;
};

template <class RT, class... Ts>
std::function<std::unique_ptr<task_runtime>()> maker(
  std::optional<branch_site> site, Ts... xs) {
  return [=]() -> std::unique_ptr<task_runtime> {
    auto rt = std::make_unique<RT>(xs...);
    if (site)
      rt->use(std::make_shared<fixed_placer>(*site));
    return rt;
  };
}

inline std::vector<place_to_run> places() {
  auto threads = [](size_t n, std::optional<branch_site> site) {
    auto system = std::make_shared<thread_runtime>(n);
    return [system, site]() -> std::unique_ptr<task_runtime> {
      auto rt = std::make_unique<actor_tasks>(system->system());
      if (site)
        rt->use(std::make_shared<fixed_placer>(*site));
      return rt;
    };
  };
  return {
    {"inline, folded", maker<inline_tasks>(std::nullopt)},
    {"inline, strands", maker<inline_tasks>(branch_site::own_strand)},
    {"sim 1, strands", maker<sim_tasks>(std::nullopt, uint64_t{1})},
    {"sim 2, strands", maker<sim_tasks>(std::nullopt, uint64_t{2})},
    {"sim 3, folded", maker<sim_tasks>(branch_site::folded, uint64_t{3})},
    {"threads 1, strands", threads(1, branch_site::own_strand)},
    {"threads 2, strands", threads(2, branch_site::own_strand)},
    {"threads 2, folded", threads(2, branch_site::folded)},
    {"threads 2, as it likes", threads(2, std::nullopt)},
  };
}

template <class F>
void check_on(task_runtime& rt, F& check) {
  check(rt);
  auto gone = drained(rt);
  auto left = rt.counts();
  INFO("left: " << left.branches << " branches, " << left.strands
                << " strands, " << left.timers << " timers");
  CHECK(gone);
}

/// Runs `check` on each runtime but those whose actors all run on this thread;
/// afterwards nothing may be left.
template <class F>
void where_threads_may_meet(F check) {
  for (auto& x : places()) {
    INFO("on " << x.name);
    check_on(*x.make(), check);
  }
  {
    INFO("on a cluster");
    local_cluster c{1};
    check_on(c.runtime().tasks(), check);
  }
}

/// Runs `check` on each runtime; afterwards nothing may be left.
template <class F>
void everywhere(F check) {
  where_threads_may_meet(check);
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    INFO("on a simulated cluster, seed " << seed);
    sim world{{.seed = seed, .line = {.jitter = std::chrono::milliseconds{1}}}};
    check_on(world.tasks(), check);
  }
}

/// The code of what a run failed with.
template <class T>
errc code(const result<T>& x) {
  return x ? errc::none : x.error().code;
}

} // namespace morph::test
