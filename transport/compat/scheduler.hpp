// A scheduler policy for CAF 0.17: constant-time stealing, workers that sleep
// without polling and are woken by an enqueue.
//
// CAF's own policy walks the whole run queue for each steal and lets idle
// workers sleep 50 us at a time before one can wake them.
//
// Each worker has a slot for the job that it has just made runnable, and a
// queue. The slot makes a chain of messages cost two exchanges per hop; anyone
// may take from it, so a job never waits behind the one that made it runnable
// while another worker is idle.
//
// Thread-safety: CAF calls `internal_enqueue`, `resume_job_later` and
// `dequeue` from the worker's own thread, the rest from anywhere.
//
// Invariants:
// 1. A job is in exactly one slot or queue.
// 2. An enqueue publishes the job before it reads `sleepers`; a worker counts
//    itself among `sleepers` before it looks for jobs one last time. Hence no
//    wake-up is lost.
// 3. A worker that stops searching with a job in hand while more jobs wait
//    wakes another one: enqueues do not wake while somebody searches.
// 4. An enqueue that does not wake leaves the job to its own worker and to the
//    sentinel, a sleeper that looks around every millisecond while the system
//    is in use. An idle system has no sentinel and uses no processor time.
// 5. At most one worker lingers: it goes on searching before it sleeps, giving
//    way to other threads, if its last wait was short. To wake a thread takes
//    tens of microseconds where processors are virtual, so a chain of messages
//    between two processes is mostly waking; a worker that waits long, as for
//    a timer, does not linger.
#pragma once

#include <caf/fwd.hpp>
#include <caf/policy/unprofiled.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/scheduler/coordinator.hpp>
#include <caf/scheduler/worker.hpp>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>

namespace morph::compat {

/// Where one worker keeps its jobs.
class run_queue {
public:
  /// Puts `job` into the slot; returns what was there. Owner only.
  caf::resumable* replace_next(caf::resumable* job) noexcept {
    return next_.exchange(job, std::memory_order_seq_cst);
  }

  /// Takes from the slot.
  caf::resumable* take_next() noexcept {
    if (next_.load(std::memory_order_seq_cst) == nullptr)
      return nullptr;
    return next_.exchange(nullptr, std::memory_order_seq_cst);
  }

  void push(caf::resumable* job);

  /// Takes the oldest job.
  caf::resumable* pop();

  bool empty() const noexcept {
    return size_.load(std::memory_order_seq_cst) == 0
           && next_.load(std::memory_order_seq_cst) == nullptr;
  }

private:
  std::atomic<caf::resumable*> next_{nullptr};
  std::atomic<size_t> size_{0};
  std::mutex mutex_;
  std::deque<caf::resumable*> jobs_;
};

/// Where workers without work wait.
class dormitory {
public:
  /// True if somebody sleeps and nobody searches.
  bool should_wake() const noexcept {
    return sleepers_.load(std::memory_order_seq_cst) > 0
           && searching_.load(std::memory_order_seq_cst) == 0;
  }

  bool has_sleepers() const noexcept {
    return sleepers_.load(std::memory_order_seq_cst) > 0;
  }

  bool has_sentinel() const noexcept {
    return sentinel_.load(std::memory_order_seq_cst);
  }

  void begin_search() noexcept {
    searching_.fetch_add(1, std::memory_order_seq_cst);
  }

  /// True if the caller, who searches, is the only one.
  bool searches_alone() const noexcept {
    return searching_.load(std::memory_order_seq_cst) == 1;
  }

  /// Returns true if the caller was the last to search.
  bool end_search() noexcept {
    return searching_.fetch_sub(1, std::memory_order_seq_cst) == 1;
  }

  void wake_one();

  /// Announces that the caller will sleep unless it finds a job now.
  void enter() noexcept {
    sleepers_.fetch_add(1, std::memory_order_seq_cst);
  }

  /// Sleeps until woken; returns early if it is the sentinel's turn to look.
  /// `round` counts how often the caller has looked in vain.
  void sleep(size_t round);

  void leave() noexcept {
    sleepers_.fetch_sub(1, std::memory_order_seq_cst);
  }

private:
  std::atomic<int> sleepers_{0};
  std::atomic<int> searching_{0};
  std::atomic<bool> sentinel_{false};
  std::mutex mutex_;
  std::condition_variable condition_;
  int tokens_ = 0;
};

/// One step of waiting in a short spin.
void relax_processor() noexcept;

/// Lets another thread run if one is ready.
void give_way() noexcept;

/// The policy; load `caf::scheduler::coordinator<wake_on_enqueue>`.
class wake_on_enqueue : public caf::policy::unprofiled {
public:
  struct coordinator_data {
    explicit coordinator_data(caf::scheduler::abstract_coordinator*) {
      // nop
    }

    std::atomic<size_t> next_worker{0};
    dormitory beds;
  };

  struct worker_data {
    explicit worker_data(caf::scheduler::abstract_coordinator*) {
      // nop
    }

    worker_data(const worker_data&) {
      // nop
    }

    alignas(64) run_queue jobs;
    alignas(64) std::deque<caf::resumable*> own; ///< Of the only worker.
    size_t streak = 0;      ///< Jobs taken from the slot in a row.
    size_t own_streak = 0;  ///< Jobs taken from `own` in a row.
    int64_t resumed_at = 0; ///< When the current job began; 0: not measured.
    bool lingers = false;   ///< The last wait was short.
  };

  template <class Coordinator>
  void central_enqueue(Coordinator* c, caf::resumable* job) {
    auto i = d(c).next_worker.fetch_add(1, std::memory_order_relaxed);
    external_enqueue(c->worker_by_id(i % c->num_workers()), job);
  }

  template <class Worker>
  void external_enqueue(Worker* w, caf::resumable* job) {
    d(w).jobs.push(job);
    auto& beds = d(w->parent()).beds;
    if (beds.should_wake())
      beds.wake_one();
  }

  template <class Worker>
  void internal_enqueue(Worker* w, caf::resumable* job) {
    auto& x = d(w);
    auto* displaced = x.jobs.replace_next(job);
    if (displaced)
      push_own(w, displaced);
    if (is_only(w))
      return;
    auto& beds = d(w->parent()).beds;
    if (beds.has_sleepers()
        && (displaced || !beds.has_sentinel() || runs_long(x.resumed_at))
        && beds.should_wake())
      beds.wake_one();
  }

  template <class Worker>
  void resume_job_later(Worker* w, caf::resumable* job) {
    push_own(w, job);
  }

  template <class Worker>
  void before_resume(Worker* w, caf::resumable*) {
    if (!is_only(w))
      d(w).resumed_at = d(w->parent()).beds.has_sleepers() ? read_clock() : 0;
  }

  template <class Worker>
  caf::resumable* dequeue(Worker* w) {
    if (auto* job = take_own(w))
      return job;
    auto since = read_clock();
    auto* job = wait(w, since);
    d(w).lingers = was_short(read_clock() - since);
    return job;
  }

  template <class Worker, class F>
  void foreach_resumable(Worker* w, F f) {
    while (auto* job = take_own(w))
      f(job);
  }

  template <class Coordinator, class F>
  void foreach_central_resumable(Coordinator*, F) {
    // nop
  }

private:
  /// Spins of a search; some microseconds in all.
  static constexpr int max_spins = 16;

  /// After so many jobs from the slot the queue has its turn.
  static constexpr size_t max_streak = 64;

  /// After so many of its own jobs the only worker takes one from outside.
  static constexpr size_t max_own_streak = 8;

  static int64_t read_clock() noexcept;

  /// True if a worker that has waited for so long may go on searching.
  static bool may_linger(int64_t waited_ns) noexcept;

  /// True if lingering is likely to have found what ended such a wait.
  static bool was_short(int64_t waited_ns) noexcept;

  /// True if the current job has taken so long that waking a worker costs
  /// little in comparison, or if it is unknown how long.
  static bool runs_long(int64_t resumed_at) noexcept;

  template <class Worker>
  static bool is_only(Worker* w) {
    return w->parent()->num_workers() == 1;
  }

  template <class Worker>
  static void push_own(Worker* w, caf::resumable* job) {
    if (is_only(w))
      d(w).own.push_back(job);
    else
      d(w).jobs.push(job);
  }

  template <class Worker>
  static caf::resumable* pop_own(Worker* w) {
    auto& x = d(w);
    // Jobs from outside have their turn at least every so often.
    if (x.own.empty() || ++x.own_streak > max_own_streak) {
      x.own_streak = 0;
      if (auto* job = x.jobs.pop())
        return job;
    }
    if (x.own.empty())
      return nullptr;
    auto* job = x.own.front();
    x.own.pop_front();
    return job;
  }

  template <class Worker>
  static caf::resumable* take_own(Worker* w) {
    auto& x = d(w);
    if (x.streak < max_streak) {
      if (auto* job = x.jobs.take_next()) {
        ++x.streak;
        return job;
      }
    }
    if (auto* job = pop_own(w)) {
      x.streak = 0;
      return job;
    }
    x.streak = 0;
    return x.jobs.take_next();
  }

  template <class Worker>
  static caf::resumable* take_any(Worker* w) {
    if (auto* job = take_own(w))
      return job;
    auto* all = w->parent();
    auto n = all->num_workers();
    for (size_t i = 1; i < n; ++i) {
      auto& victim = d(all->worker_by_id((w->id() + i) % n)).jobs;
      if (auto* job = victim.pop())
        return job;
      if (auto* job = victim.take_next())
        return job;
    }
    return nullptr;
  }

  template <class Worker>
  static caf::resumable* search(Worker* w) {
    for (int i = 0; i < max_spins; ++i) {
      if (auto* job = take_any(w))
        return job;
      relax_processor();
    }
    return nullptr;
  }

  template <class Worker>
  static caf::resumable* linger(Worker* w, int64_t since) {
    auto& beds = d(w->parent()).beds;
    while (beds.searches_alone() && may_linger(read_clock() - since)) {
      give_way();
      if (auto* job = take_any(w))
        return job;
    }
    return nullptr;
  }

  template <class Worker>
  static caf::resumable* wait(Worker* w, int64_t since) {
    auto& beds = d(w->parent()).beds;
    for (size_t round = 0;; ++round) {
      beds.begin_search();
      auto* job = search(w);
      if (!job && round == 0 && d(w).lingers)
        job = linger(w, since);
      auto last = beds.end_search();
      if (job) {
        if (last && beds.has_sleepers() && any_left(w))
          beds.wake_one();
        return job;
      }
      beds.enter();
      job = take_any(w);
      if (!job)
        beds.sleep(round);
      beds.leave();
      if (job)
        return job;
    }
  }

  template <class Worker>
  static bool any_left(Worker* w) {
    auto* all = w->parent();
    for (size_t i = 0; i < all->num_workers(); ++i)
      if (!d(all->worker_by_id(i)).jobs.empty())
        return true;
    return false;
  }
};

} // namespace morph::compat

namespace caf::scheduler {

/// CAF's loop tells its logger before and after each job which actor runs,
/// also where logging is compiled out: a third of the cost of a message.
template <>
void worker<morph::compat::wake_on_enqueue>::run();

} // namespace caf::scheduler
