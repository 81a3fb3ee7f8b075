#include <morph/actors/task/actor_tasks.hpp>
#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/pending.hpp>
#include <morph/actors/task/timer_queue.hpp>
#include <morph/graph/clock.hpp>
#include <morph/transport/compat/job_actor.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>

#include <condition_variable>
#include <optional>

namespace morph::tasks {

/// There is a timer that is due before all others.
struct wind_mail {};

struct tick_mail {
  task_time due;
};

} // namespace morph::tasks

MORPH_LOCAL_MESSAGE(morph::tasks::wind_mail)
MORPH_LOCAL_MESSAGE(morph::tasks::tick_mail)

namespace morph {

namespace {

/// More strands than that per worker do not make it busier.
constexpr size_t strands_per_worker = 8;

/// Beyond that a recursion would be run level by level: memory for all of it.
constexpr size_t most_per_worker = 256;

} // namespace

/// What outlives the runtime until the last actor has let go of it.
struct actor_tasks::shared {
  std::mutex mutex;
  std::condition_variable condition;
  std::atomic<bool> closing{false};
  bool timers_ended = false;
  caf::actor timers;

  void notify() {
    std::lock_guard guard{mutex};
    condition.notify_all();
  }
};

// -- strands ------------------------------------------------------------------

class actor_tasks::strand_actor final
  : public compat::job_actor<tasks::work, &tasks::work::next_work>,
    public tasks::strand {
public:
  strand_actor(caf::actor_config& cfg, actor_tasks& rt)
    : job_actor(cfg), strand(rt), shared_(rt.shared_) {
    rt.count_strand(1);
  }

  ~strand_actor() override {
    runtime().count_strand(-1);
    // The runtime may be gone from here on.
    std::atomic_thread_fence(std::memory_order_seq_cst);
    if (shared_->closing.load(std::memory_order_seq_cst))
      shared_->notify();
  }

  void post(tasks::work& x) override {
    caf::execution_unit* on = nullptr;
    if (auto* here = tasks::strand::current();
        here && &here->runtime() == &runtime())
      on = static_cast<strand_actor*>(here)->host();
    job_actor::post(x, on);
  }

  void add_ref() noexcept override {
    caf::intrusive_ptr_add_ref(ctrl());
  }

  void release() noexcept override {
    caf::intrusive_ptr_release(ctrl());
  }

protected:
  void handle(tasks::work& x) override {
    run(x);
  }

private:
  std::shared_ptr<shared> shared_;
};

// -- timers -------------------------------------------------------------------

/// Strands put timers in and take them out; the timer actor fires them.
class actor_tasks::timer_table {
public:
  /// True if it is the earliest now.
  bool insert(tasks::timer& x) {
    std::lock_guard guard{mutex_};
    return timers_.insert(x);
  }

  bool erase(tasks::timer& x) {
    std::lock_guard guard{mutex_};
    return timers_.erase(x);
  }

  tasks::timer* pop(task_time now) {
    std::lock_guard guard{mutex_};
    return timers_.pop(now);
  }

  std::optional<task_time> next_due() {
    std::lock_guard guard{mutex_};
    if (timers_.empty())
      return {};
    return timers_.next_due();
  }

private:
  std::mutex mutex_;
  tasks::timer_queue timers_;
};

class actor_tasks::timer_actor final : public caf::event_based_actor {
public:
  timer_actor(caf::actor_config& cfg, actor_tasks& rt)
    : event_based_actor(cfg), rt_(rt), shared_(rt.shared_) {
    // nop
  }

  void on_exit() override {
    std::lock_guard guard{shared_->mutex};
    shared_->timers_ended = true;
    shared_->condition.notify_all();
  }

protected:
  caf::behavior make_behavior() override {
    return {
      [this](tasks::wind_mail) { wind(); },
      [this](const tasks::tick_mail& x) {
        if (next_tick_ == x.due)
          next_tick_.reset();
        while (auto* t = rt_.timers_->pop(rt_.now())) {
          rt_.count_timer(-1);
          t->fire();
        }
        wind();
      },
    };
  }

private:
  /// Sees to it that a tick comes when the earliest timer is due.
  void wind() {
    auto due = rt_.timers_->next_due();
    if (!due || (next_tick_ && *next_tick_ <= *due))
      return;
    next_tick_ = due;
    auto delay = std::max(task_clock::duration{0}, *due - rt_.now());
    compat::delayed_send(this, this, delay, tasks::tick_mail{*next_tick_});
  }

  actor_tasks& rt_;
  std::shared_ptr<shared> shared_;
  std::optional<task_time> next_tick_;
};

// -- runtime ------------------------------------------------------------------

actor_tasks::actor_tasks(caf::actor_system& sys, std::string name)
  : name_(std::move(name)), sys_(sys), simulated_(compat::clock_of(sys)),
    workers_(sys.scheduler().num_workers()),
    timers_(std::make_unique<timer_table>()),
    shared_(std::make_shared<shared>()) {
  shared_->timers = sys.spawn<timer_actor, caf::hidden>(*this);
}

actor_tasks::~actor_tasks() {
  shared_->closing.store(true, std::memory_order_seq_cst);
  auto gone = [this] { return !has_roots() && num_strands() == 0; };
  cancel_roots();
  // Nobody but this thread runs the actors of a simulation.
  if (!compat::run_until(sys_, gone)) {
    cancel_roots(true);
    static_cast<void>(compat::run_until(sys_, gone));
  }
  std::unique_lock guard{shared_->mutex};
  shared_->condition.wait(guard, gone);
  guard.unlock();
  compat::stop(shared_->timers);
  auto ended = [this] {
    std::lock_guard inner{shared_->mutex};
    return shared_->timers_ended;
  };
  static_cast<void>(compat::run_until(sys_, ended));
  guard.lock();
  shared_->condition.wait(guard, [this] { return shared_->timers_ended; });
  shared_->timers = nullptr;
}

bool actor_tasks::wants_strands() const noexcept {
  return static_cast<size_t>(num_strands()) < workers_ * strands_per_worker;
}

bool actor_tasks::has_strands_to_spare() const noexcept {
  return static_cast<size_t>(num_strands()) < workers_ * most_per_worker;
}

task_time actor_tasks::now() const noexcept {
  return task_time{
    std::chrono::nanoseconds{simulated_ ? simulated_->read() : now_ns()}};
}

tasks::strand_ptr actor_tasks::make_strand() {
  return tasks::strand_ptr::adopt(
    compat::make_job_actor<strand_actor>(sys_, *this));
}

void actor_tasks::arm(tasks::timer& x) {
  count_timer(1);
  if (timers_->insert(x))
    compat::anon_send(shared_->timers, tasks::wind_mail{});
}

void actor_tasks::disarm(tasks::timer& x) {
  if (!timers_->erase(x))
    return;
  count_timer(-1);
  x.release();
}

result<void> actor_tasks::wait_for(tasks::branch_core& x) {
  if (auto ok = may_wait(); !ok)
    return ok;
  auto finished = [&x] { return x.finished(); };
  if (!compat::run_until(sys_, finished))
    return stalled();
  std::unique_lock guard{shared_->mutex};
  shared_->condition.wait(guard, finished);
  return {};
}

result<void> actor_tasks::stalled() {
  auto waiting = pending();
  // What was cancelled may clean up, even under a shield; not for ever.
  for (auto hard : {false, true}) {
    cancel_roots(hard);
    static_cast<void>(compat::run_until(sys_, [this] { return !has_roots(); }));
  }
  return fail(errc::stalled,
              "nothing on '" + name() + "' can go on:" + to_string(waiting));
}

void actor_tasks::changed() noexcept {
  shared_->notify();
}

} // namespace morph
