// The seam over simulated actor systems: time, threads, network and chance of
// a system that does not run by itself.
//
// A thread that waits for actors of such a system has to let them run
// meanwhile. Each place that may block calls `run_until` before it does: for
// systems with threads of their own that returns at once.
//
// Thread-safety: a simulated system belongs to one thread; for others all
// functions may be called from any thread.
#pragma once

#include <morph/graph/clock.hpp>
#include <morph/graph/error.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <mutex>

namespace morph::compat {

/// What stands in for threads, clock, network and chance.
class simulated_system {
public:
  virtual ~simulated_system();

  /// Lets all systems of the simulation run until `ready` holds; false if
  /// nothing is left that could make it so.
  virtual bool run_until(const std::function<bool()>& ready) = 0;

  /// What is pending although nothing can happen any more (MM0510).
  virtual error why_stalled() = 0;

  /// Lets this much time pass.
  virtual void run_for(std::chrono::nanoseconds x) = 0;

  virtual clock_source& clock() noexcept = 0;

  virtual result<uint16_t> publish(const caf::actor& whom, uint16_t port) = 0;

  virtual void unpublish(uint16_t port) = 0;

  /// Answers as the actor of CAF that connects to other systems does.
  virtual caf::actor connector() = 0;

  /// A number that differs from those before, the same in each run.
  virtual uint32_t fresh_number() = 0;

  /// Stands in for the id of the process.
  virtual uint64_t process_id() const noexcept = 0;

  /// What `x` does may block: it does not run beneath a `cooperative_lock`,
  /// which it could ask for too.
  virtual void may_block(const caf::actor& x) = 0;

  /// Counts the locks that are held.
  virtual void hold(int change) noexcept = 0;
};

/// Null for systems that run by themselves.
simulated_system* simulation_of(caf::actor_system& sys) noexcept;

/// Returns true once `ready` holds in a simulated system, false if nothing is
/// left there that could make it so; true at once for all others.
bool run_until(caf::actor_system& sys, const std::function<bool()>& ready);

/// Names what is pending. REQUIRES: `run_until` returned false.
error why_stalled(caf::actor_system& sys);

/// As above for a thread about to receive: until a message is there.
bool run_until_mail(caf::scoped_actor& self);

/// Waits for the end of an actor, or until a simulation can do no more.
void wait_for_end(caf::scoped_actor& self, const caf::actor& x);

/// Null for systems in real time.
clock_source* clock_of(caf::actor_system& sys) noexcept;

/// Lets others do something.
void pause(caf::actor_system& sys);

/// Unique among processes and deployments; simulated: the same in each run.
uint32_t fresh_number(caf::actor_system& sys);

/// The id of the process, or what stands in for it.
uint64_t process_of(caf::actor_system& sys) noexcept;

/// Lets the calling thread read the clock of a system.
class system_clock_scope {
public:
  explicit system_clock_scope(caf::actor_system& sys) noexcept;

private:
  clock_scope scope_;
};

/// Locks a mutex that may be held while its owner waits for actors.
class cooperative_lock {
public:
  cooperative_lock(caf::actor_system* sys, std::mutex& x);

  cooperative_lock(const cooperative_lock&) = delete;
  cooperative_lock& operator=(const cooperative_lock&) = delete;

  ~cooperative_lock();

private:
  simulated_system* system_;
  std::unique_lock<std::mutex> guard_;
};

} // namespace morph::compat
