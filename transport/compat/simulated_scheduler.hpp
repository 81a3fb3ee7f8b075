// The scheduler of a simulated actor system: it runs nothing by itself, but
// hands out what could run, one message at a time.
//
// Thread-safety: none; a simulated system belongs to one thread.
#pragma once

#include <morph/transport/compat/simulated.hpp>

#include <caf/actor_system_config.hpp>
#include <caf/detail/test_actor_clock.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/scheduler/test_coordinator.hpp>

#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace morph::compat {

/// Settings of a simulated system; keeps a reference to what simulates it.
struct simulated_config : caf::actor_system_config {
  explicit simulated_config(simulated_system& x);

  simulated_system& host;
};

/// CAF's clock, which reads the time of the simulated host.
class simulated_timers final : public caf::detail::test_actor_clock {
public:
  explicit simulated_timers(simulated_system& x);

  time_point now() const noexcept override;

  /// Local time of the next timer, if there is one. CAF lets those of requests
  /// that were answered run out.
  std::optional<int64_t> next_due() const;

private:
  simulated_system& host_;
};

class simulated_scheduler final : public caf::scheduler::test_coordinator {
public:
  /// An actor with a message, in the order of its turn.
  struct job {
    uint64_t turn = 0;
    caf::resumable* what = nullptr;
    bool blocks = false; ///< See `simulated_system::may_block`.
  };

  simulated_scheduler(caf::actor_system& sys, simulated_system& x);

  /// Called by CAF for `config.load<simulated_scheduler>()`.
  static caf::actor_system::module* make(caf::actor_system& sys,
                                         caf::detail::type_list<>);

  simulated_system& host() noexcept {
    return host_;
  }

  /// What could run now.
  const std::deque<job>& ready() const noexcept {
    return ready_;
  }

  /// Lets a job of `ready` handle one message.
  void run(size_t index);

  /// Lets `x` run as an actor that may block.
  void mark_blocking(const caf::actor& x);

  simulated_timers& timers() noexcept {
    return clock_;
  }

  /// Turns that have been taken in all systems of a simulation; shared, so
  /// that they compare.
  void count_turns(uint64_t& counter) noexcept {
    turns_ = &counter;
  }

  caf::detail::test_actor_clock& clock() noexcept override;

protected:
  void stop() override;
  void enqueue(caf::resumable* x) override;

private:
  simulated_system& host_;
  simulated_timers clock_;
  std::deque<job> ready_;
  std::deque<caf::actor_id> blocking_;
  uint64_t own_turns_ = 0;
  uint64_t* turns_ = &own_turns_;
};

/// Who would handle what, for people.
std::string describe(caf::resumable& x);

/// Identity of an actor within its system; 0 for what is none.
uint64_t id_of(caf::resumable& x);

} // namespace morph::compat
