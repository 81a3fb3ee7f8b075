// Tasks in virtual time, for tests: a seed decides which strand is next, and
// the clock moves when there is nothing to do. A test of thirty seconds takes
// none.
//
//   morph::sim_tasks sim{7};
//   auto r = morph::try_run(sim, retrying_fetch, url);
//   REQUIRE(sim.now().time_since_epoch() == 14s);
//
// Thread-safety: as `task_runtime`, but `fingerprint` and `steps` are for the
// thread that drives.
// Invariant: the same program with the same seed does the same things in the
// same order; `fingerprint` tells.
#pragma once

#include <morph/actors/task/driven_tasks.hpp>
#include <morph/actors/task/seeded_choice.hpp>
#include <morph/actors/task/virtual_clock.hpp>

#include <cstdint>
#include <vector>

namespace morph {

class sim_tasks final : public driven_tasks {
public:
  explicit sim_tasks(uint64_t seed) : choice_(seed) {
    // nop
  }

  ~sim_tasks() override;

  std::string name() const override {
    return "sim";
  }

  bool overlaps() const noexcept override {
    return true;
  }

  bool wants_strands() const noexcept override {
    return true;
  }

  task_time now() const noexcept override {
    return clock_.now();
  }

  /// Runs the next thing; false if there is nothing to do at this time.
  bool step() {
    return step_once();
  }

  /// Runs everything that can run, letting time pass; returns what is pending
  /// and why. Nothing is cancelled.
  std::vector<pending_branch> run_until_stalled() {
    return run_dry();
  }

  uint64_t fingerprint() const noexcept {
    return choice_.fingerprint();
  }

  uint64_t seed() const noexcept {
    return choice_.seed();
  }

protected:
  size_t pick(size_t n) noexcept override {
    return choice_.pick(n);
  }

  void pass_time(std::unique_lock<std::mutex>& guard, task_time due) override;

private:
  seeded_choice choice_;
  virtual_clock clock_;
};

} // namespace morph
