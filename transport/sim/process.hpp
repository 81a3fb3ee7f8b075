// A simulated process: an actor system with a clock of its own.
//
// Thread-safety: none; see `world`.
#pragma once

#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/compat/simulated_scheduler.hpp>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace morph::simulation {

class network;
class world;

struct process_options {
  /// How far its clock is ahead of others.
  std::chrono::nanoseconds skew{0};

  /// How much faster its clock goes: 1e-4 is 100 microseconds per second.
  double drift = 0;

  /// How much longer its events take.
  double slowness = 1;

  /// What each event takes, and each look at the clock within one: there is
  /// nothing else in an event that takes time.
  std::chrono::nanoseconds event_cost = std::chrono::microseconds{1};
};

class process final : public compat::simulated_system, public clock_source {
public:
  process(world& owner, size_t index, std::string name,
          const process_options& options);

  ~process() override;

  const std::string& name() const noexcept {
    return name_;
  }

  size_t index() const noexcept {
    return index_;
  }

  caf::actor_system& system() noexcept {
    return *system_;
  }

  /// True until its system has been taken down.
  bool exists() const noexcept {
    return system_ != nullptr;
  }

  bool runs() const noexcept {
    return alive_ && !frozen_;
  }

  bool alive() const noexcept {
    return alive_;
  }

  bool frozen() const noexcept {
    return frozen_;
  }

  void set_slowness(double x) noexcept {
    options_.slowness = x;
  }

  /// Who carries its messages; set once.
  void connect_to(network& x) noexcept {
    network_ = &x;
  }

  /// Keeps what reaches a frozen process until it thaws.
  void hold_back(std::function<void()> x) {
    held_back_.push_back(std::move(x));
  }

  /// Ends its actors and its system. REQUIRES: it does not run.
  void take_down();

  // -- clock_source ---------------------------------------------------------

  int64_t read() noexcept override;

  // -- simulated_system -----------------------------------------------------

  bool run_until(const std::function<bool()>& ready) override;
  error why_stalled() override;
  void run_for(std::chrono::nanoseconds x) override;
  clock_source& clock() noexcept override;
  result<uint16_t> publish(const caf::actor& whom, uint16_t port) override;
  void unpublish(uint16_t port) override;
  caf::actor connector() override;
  uint32_t fresh_number() override;
  uint64_t process_id() const noexcept override;
  void may_block(const caf::actor& x) override;
  void hold(int change) noexcept override;

private:
  friend class world;

  compat::simulated_scheduler& scheduler() const;

  /// This process's time at a moment of the world, and back.
  int64_t local(int64_t at) const noexcept;
  int64_t global(int64_t at) const noexcept;

  /// When its next timer goes off; `world::never` if there is none.
  int64_t next_timer() const;

  int64_t event_cost() const noexcept;

  world& world_;
  network* network_ = nullptr;
  size_t index_;
  std::string name_;
  process_options options_;
  bool alive_ = true;
  bool frozen_ = false;
  int64_t ahead_ = 0; // of the world, while it is taken apart
  int64_t busy_until_ = 0;
  std::deque<std::function<void()>> held_back_;
  std::unique_ptr<compat::simulated_config> config_;
  std::unique_ptr<caf::actor_system> system_;
  caf::actor connector_;
};

} // namespace morph::simulation
