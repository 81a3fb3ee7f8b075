// The threads of a session, started when they are needed: one on which steps
// wait at the gate, one for what goes on when a step has ended.
//
// Thread-safety: all members may be called from any thread.
#pragma once

#include <morph/actors/session/errand_lane.hpp>

#include <functional>
#include <memory>
#include <mutex>

namespace morph {

class session_lanes {
public:
  /// Null: there are no actors, and everything runs where it is asked for.
  explicit session_lanes(caf::actor_system* sys) : sys_(sys) {
    // nop
  }

  /// REQUIRES: there are actors.
  const errand_lane& gate() {
    return started(gate_);
  }

  void behind_step(std::function<void()> f) {
    if (sys_)
      started(behind_).run(std::move(f));
    else
      f();
  }

  /// Waits for what goes on behind steps that have ended.
  void drain() {
    const errand_lane* x = nullptr;
    {
      std::lock_guard guard{mutex_};
      x = behind_.get();
    }
    if (x)
      x->drain();
  }

  /// Waits for what was handed over. REQUIRES: nobody hands over more.
  void end() {
    gate_.reset();
    behind_.reset();
  }

private:
  const errand_lane& started(std::unique_ptr<errand_lane>& x) {
    std::lock_guard guard{mutex_};
    if (!x)
      x = std::make_unique<errand_lane>(*sys_);
    return *x;
  }

  caf::actor_system* sys_;
  std::mutex mutex_;
  std::unique_ptr<errand_lane> gate_;
  std::unique_ptr<errand_lane> behind_;
};

} // namespace morph
