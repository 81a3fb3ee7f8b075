// A whole cluster in this process: hosts, network and time are simulated, what
// runs on them is what ships. Sessions deploy on it as on a `cluster`.
//
//   morph::sim world{{.seed = 7, .hosts = 2}};
//   world.at(2s, [&] { world.kill("a1"); });
//   morph::session s{world, g, minimise(loss, sgd{0.1})};
//
// Time passes only while somebody waits for something: a call that would block
// lets the cluster run until it need not. When nothing is left that could make
// it go on, it fails with MM0510, which names what is pending.
//
// Thread-safety: none; a simulation and all that belongs to it are used by one
// thread. Any number of them, and other runtimes, may live in one process.
//
// Invariants:
// 1. The seed decides everything: two runs are the same event for event.
// 2. No thread is started, and no real time is waited for.
// 3. Destroying it ends whatever is left on its hosts.
#pragma once

#include <morph/actors/runtime/cluster.hpp>
#include <morph/actors/runtime/runtime.hpp>
#include <morph/transport/sim/network.hpp>
#include <morph/transport/sim/schedule.hpp>
#include <morph/transport/sim/world.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace morph {

struct sim_options {
  uint64_t seed = 1;

  /// Besides this process, the driver; they are called a1, a2, ...
  size_t hosts = 2;

  /// Lets the driver run nodes too.
  bool include_driver = false;

  /// How often one who is not the next in turn comes first.
  double liveliness = 0.2;

  /// All lines, all hosts; `sim` can change single ones.
  simulation::line_options line = {};
  simulation::process_options host = {};
  simulation::network_options network = {};

  bool keep_log = false;
};

/// What is pending: messages, timers, faults, steps and for what they wait.
struct stall_report {
  std::chrono::nanoseconds now{0};
  std::vector<std::string> lines; ///< One for each thing that is pending.

  bool empty() const noexcept {
    return lines.empty();
  }
};

std::string to_string(const stall_report& x);

class sim final : public runtime {
public:
  /// Throws `failure` if the hosts cannot meet.
  explicit sim(const sim_options& options = {});

  /// Takes its choices from `choices`.
  sim(const sim_options& options,
      std::shared_ptr<simulation::schedule> choices);

  ~sim() override;

  std::string name() const override {
    return "sim";
  }

  result<std::unique_ptr<engine>> deploy(
    deployment plan, const deploy_options& options) override;

  /// Those of the cluster, in virtual time.
  task_runtime& tasks() override;

  /// The system of the driver: for actors of a test's own.
  caf::actor_system* actors() const noexcept override;

  /// The runtime that sessions really use.
  morph::cluster& cluster() noexcept;

  /// The system of a host. Throws `failure` (MM0506) if there is none.
  caf::actor_system& system(const std::string& host);

  // -- time -----------------------------------------------------------------------

  /// Since the beginning.
  std::chrono::nanoseconds now() const noexcept;

  /// Lets the cluster run for so long.
  void run_for(std::chrono::nanoseconds x);

  /// Lets it run until `ready` holds; false if it never can.
  bool run_until(const std::function<bool()>& ready);

  /// Lets it run until only heartbeats are left to come.
  stall_report run_until_stalled();

  /// What is pending now.
  stall_report pending();

  /// Moves the clocks on while nobody runs, as when a machine sleeps.
  void advance(std::chrono::nanoseconds x);

  /// Calls `f` at a time since the beginning; it must not wait.
  void at(std::chrono::nanoseconds when, std::function<void()> f);

  // -- faults; hosts by name, throw `failure` (MM0506) ----------------------------

  /// The process ends, and its system closes its connections.
  void kill(const std::string& host);

  /// The machine ends: nobody closes anything.
  void unplug(const std::string& host);

  void freeze(const std::string& host);
  void thaw(const std::string& host);

  /// Its events take `times` as long.
  void slow(const std::string& host, double times);

  /// Nothing passes between the two until `heal`.
  void part(const std::string& a, const std::string& b);

  /// Nothing passes from one to the other until `heal`.
  void part_one_way(const std::string& from, const std::string& to);

  void heal(const std::string& a, const std::string& b);

  /// Replaces the line from one to the other.
  void set_line(const std::string& from, const std::string& to,
                const simulation::line_options& x);

  // -- choices of a test's own ----------------------------------------------------

  /// Whether something rare happens; `what` explains it in a report.
  bool chance(double probability, const std::string& what);

  /// Something between 0, the ordinary, and `n - 1`.
  uint32_t pick(uint32_t n, const std::string& what);

  // -- what has happened ------------------------------------------------------------

  /// Equal for runs that are the same event for event.
  uint64_t hash() const noexcept;

  uint64_t events() const noexcept;

  /// Empty unless `keep_log` is set.
  const std::vector<simulation::log_entry>& log() const noexcept;

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace morph
