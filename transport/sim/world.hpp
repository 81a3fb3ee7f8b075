// A simulated world: processes, each with an actor system of its own, events
// in virtual time, and one schedule that decides what comes first.
//
// Whoever has work runs at once, one message at a time, and is busy for a
// while then; when nobody can run, time jumps to what happens next. All of it
// happens on the thread that waits for it, so two runs of a schedule are the
// same event for event.
//
// Thread-safety: none; a world belongs to one thread.
//
// Invariants:
// 1. Time never goes back, and passes between events only.
// 2. Events of one moment happen in the order in which they were planned.
// 3. A process that is dead or frozen runs nothing.
#pragma once

#include <morph/transport/sim/process.hpp>
#include <morph/transport/sim/schedule.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace morph::simulation {

/// One line of what has happened.
struct log_entry {
  int64_t at_ns = 0;
  std::string where; ///< A process, or a line between two.
  std::string what;
};

/// Whether something that is planned can change what is waited for.
enum class weight { background, foreground };

class world {
public:
  static constexpr int64_t never = std::numeric_limits<int64_t>::max();

  explicit world(std::shared_ptr<schedule> choices);

  ~world();

  process& add(std::string name, const process_options& x);

  process& at(size_t i) {
    return *processes_[i];
  }

  size_t size() const noexcept {
    return processes_.size();
  }

  /// Null if there is none.
  process* find(const std::string& name) noexcept;

  /// Nanoseconds since the world began, with those of the running event.
  int64_t now() const noexcept {
    return now_ + elapsed_;
  }

  // -- events -------------------------------------------------------------------

  /// Plans something; `when` is brought to now if it has passed.
  void plan(int64_t when, weight w, std::function<void()> f);

  /// Lets one event happen, of those until `limit`; false if there is none:
  /// then it is `limit`, unless that is `never`.
  bool step(int64_t limit = never);

  /// Lets events happen until `ready` holds; false if nothing is left that
  /// could make it so.
  bool run_until(const std::function<bool()>& ready);

  void run_for(std::chrono::nanoseconds x);

  /// Moves time on; what was planned meanwhile is late.
  void advance(std::chrono::nanoseconds x) noexcept {
    now_ += x.count();
  }

  /// Called to learn whether silence may yet have consequences.
  void set_suspicion(std::function<bool()> f) {
    suspicion_ = std::move(f);
  }

  // -- faults -----------------------------------------------------------------

  void freeze(process& x);
  void thaw(process& x);

  /// Lets a process run nothing any more.
  void kill(process& x);

  /// Runs nothing but `x` while `f` runs: to take it apart. No time passes for
  /// the others.
  void alone(process& x, const std::function<void()>& f);

  // -- what has happened --------------------------------------------------------

  simulation::schedule& choices() noexcept {
    return *schedule_;
  }

  /// Mixes an event into the hash, and into the log if there is one.
  template <class F>
  void note(const std::string& where, uint64_t kind, uint64_t detail,
            F&& words) {
    mix(static_cast<uint64_t>(now_));
    mix(kind);
    mix(detail);
    if (keep_log_)
      log_.push_back({now_, where, words()});
  }

  void keep_log(bool x) noexcept {
    keep_log_ = x;
  }

  const std::vector<log_entry>& log() const noexcept {
    return log_;
  }

  uint64_t hash() const noexcept {
    return hash_;
  }

  uint64_t events() const noexcept {
    return events_run_;
  }

  /// Timers, messages and other plans that can change something, in words.
  std::vector<std::string> pending() const;

  /// Lets `f` add to what is pending.
  void add_teller(std::function<std::vector<std::string>()> f) {
    tellers_.push_back(std::move(f));
  }

private:
  friend class process;

  struct planned {
    weight how{};
    std::function<void()> what;
  };

  using moment = std::pair<int64_t, uint64_t>;

  bool step_alone();
  bool fire_plan();
  bool fire_timer();
  bool run_job();
  void run(process& x, size_t job);
  int64_t next_moment() const;
  bool hopeless() const;
  void mix(uint64_t x) noexcept;

  std::shared_ptr<simulation::schedule> schedule_;
  std::vector<std::unique_ptr<process>> processes_;
  std::map<moment, planned> plans_;
  std::function<bool()> suspicion_;
  std::vector<std::function<std::vector<std::string>()>> tellers_;
  process* alone_ = nullptr;
  process* active_ = nullptr; // whose event runs
  int64_t now_ = 0;
  int64_t elapsed_ = 0; // in the running event
  int64_t held_ = 0;    // locks
  size_t foreground_ = 0;
  uint64_t planned_ever_ = 0;
  uint64_t turns_ = 0;
  uint64_t events_run_ = 0;
  uint64_t hash_ = 0xcbf29ce484222325;
  bool keep_log_ = false;
  std::vector<log_entry> log_;
};

} // namespace morph::simulation
