// A thread of its own that runs functions one after the other: for what may
// block and must not do so where it was asked for.
//
// Thread-safety: all members may be called from any thread.
// Invariant: what was handed over runs, even if the lane ends meanwhile; an
// exception ends its function and nothing else.
#pragma once

#include <morph/transport/compat/messaging.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <memory>

namespace morph {

class errand_lane {
public:
  explicit errand_lane(caf::actor_system& sys);

  errand_lane(const errand_lane&) = delete;
  errand_lane& operator=(const errand_lane&) = delete;

  /// Waits for what was handed over, unless that is what destroys the lane.
  ~errand_lane();

  void run(std::function<void()> f) const;

  /// Waits for what was handed over so far, unless called from there.
  void drain() const;

private:
  struct identity;
  caf::actor_system& sys_;
  std::shared_ptr<identity> identity_;
  caf::actor actor_;
};

struct errand {
  std::shared_ptr<std::function<void()>> what;
};

struct last_errand {};

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::errand)
MORPH_LOCAL_MESSAGE(morph::last_errand)
