#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/driven_tasks.hpp>

namespace morph {

/// A strand that is a queue. All but the count under the runtime's mutex.
class driven_tasks::queue final : public tasks::strand {
public:
  explicit queue(driven_tasks& rt) : strand(rt), owner_(rt) {
    owner_.count_strand(1);
  }

  void post(tasks::work& x) override {
    owner_.push(*this, x);
  }

  void add_ref() noexcept override {
    refs_.fetch_add(1, std::memory_order_relaxed);
  }

  void release() noexcept override {
    if (refs_.fetch_sub(1, std::memory_order_acq_rel) == 1)
      delete this;
  }

  tasks::work* first = nullptr;
  tasks::work* last = nullptr;

private:
  ~queue() {
    std::lock_guard guard{owner_.mutex_};
    owner_.count_strand(-1);
    owner_.condition_.notify_all();
  }

  std::atomic<uint32_t> refs_{1};
  driven_tasks& owner_;
};

/// The right to drive.
class driven_tasks::turn {
public:
  turn(driven_tasks& rt, std::unique_lock<std::mutex>& guard)
    : rt_(rt), guard_(guard) {
    rt_.driving_ = true;
  }

  turn(const turn&) = delete;

  ~turn() {
    if (!guard_.owns_lock())
      guard_.lock();
    rt_.driving_ = false;
    rt_.condition_.notify_all();
  }

private:
  driven_tasks& rt_;
  std::unique_lock<std::mutex>& guard_;
};

// -- what branches call -------------------------------------------------------

tasks::strand_ptr driven_tasks::make_strand() {
  return tasks::strand_ptr::adopt(new queue{*this});
}

void driven_tasks::push(queue& to, tasks::work& x) {
  x.next_work = nullptr;
  auto* here = tasks::strand::current();
  std::unique_lock guard{mutex_};
  if (to.last) {
    to.last->next_work = &x;
  } else {
    to.first = &x;
    to.add_ref();
    ready_.push_back(&to);
  }
  to.last = &x;
  if (driving_)
    condition_.notify_all();
  else if (here && &here->runtime() != this)
    tasks::strand::drive_later(*this);
}

void driven_tasks::arm(tasks::timer& x) {
  std::lock_guard guard{mutex_};
  timers_.insert(x);
  count_timer(1);
}

void driven_tasks::disarm(tasks::timer& x) {
  std::unique_lock guard{mutex_};
  if (!timers_.erase(x))
    return;
  count_timer(-1);
  guard.unlock();
  x.release();
}

void driven_tasks::note_away(int by) noexcept {
  std::lock_guard guard{mutex_};
  away_ += by;
  condition_.notify_all();
}

void driven_tasks::changed() noexcept {
  std::lock_guard guard{mutex_};
  condition_.notify_all();
}

// -- driving ------------------------------------------------------------------

void driven_tasks::fire_due(std::unique_lock<std::mutex>& guard) {
  while (auto* x = timers_.pop(now())) {
    count_timer(-1);
    guard.unlock();
    x->fire();
    guard.lock();
  }
}

bool driven_tasks::step(std::unique_lock<std::mutex>& guard) {
  if (!timers_.empty())
    fire_due(guard);
  if (ready_.empty())
    return false;
  auto i = ready_.begin() + static_cast<std::ptrdiff_t>(pick(ready_.size()));
  auto* s = *i;
  ready_.erase(i);
  auto* x = s->first;
  s->first = x->next_work;
  auto more = s->first != nullptr;
  if (more)
    ready_.push_back(s);
  else
    s->last = nullptr;
  ++steps_;
  tasks::strand_ptr alive{s};
  guard.unlock();
  s->run(*x);
  if (!more)
    s->release(); // that of the list
  alive = {};
  guard.lock();
  return true;
}

bool driven_tasks::step_or_pass_time(std::unique_lock<std::mutex>& guard) {
  auto late = is_late() && !timers_.empty();
  if (!late && step(guard))
    return true;
  if (!timers_.empty()) {
    pass_time(guard, timers_.next_due());
    return true;
  }
  if (away_ == 0)
    return false;
  condition_.wait(guard);
  return true;
}

bool driven_tasks::step_once() {
  std::unique_lock guard{mutex_};
  turn mine{*this, guard};
  return step(guard);
}

std::vector<pending_branch> driven_tasks::run_dry() {
  std::unique_lock guard{mutex_};
  turn mine{*this, guard};
  while (step_or_pass_time(guard)) {
    // nop
  }
  guard.unlock();
  auto out = pending();
  guard.lock();
  return out;
}

void driven_tasks::drive_for_others() {
  std::unique_lock guard{mutex_};
  if (driving_)
    return;
  turn mine{*this, guard};
  while (!ready_.empty() || !timers_.empty())
    step_or_pass_time(guard);
}

result<void> driven_tasks::wait_for(tasks::branch_core& x) {
  if (auto ok = may_wait(); !ok)
    return ok;
  std::unique_lock guard{mutex_};
  while (!x.finished()) {
    if (driving_) {
      condition_.wait(guard);
      continue;
    }
    turn mine{*this, guard};
    while (!x.finished())
      if (!step_or_pass_time(guard))
        return stalled(guard);
  }
  if (!driving_) {
    turn mine{*this, guard};
    run_leftovers(guard);
  }
  return {};
}

void driven_tasks::run_leftovers(std::unique_lock<std::mutex>& guard) {
  while (!has_roots() && step(guard)) {
    // nop
  }
}

result<void> driven_tasks::stalled(std::unique_lock<std::mutex>& guard) {
  guard.unlock();
  auto waiting = pending();
  guard.lock();
  // What was cancelled may clean up, even under a shield; not for ever.
  for (auto hard : {false, true}) {
    guard.unlock();
    cancel_roots(hard);
    guard.lock();
    while (has_roots() && step_or_pass_time(guard)) {
      // nop
    }
  }
  run_leftovers(guard);
  return fail(errc::stalled,
              "nothing on '" + name() + "' can go on:" + to_string(waiting));
}

void driven_tasks::shut_down() {
  std::unique_lock guard{mutex_};
  turn mine{*this, guard};
  for (auto hard : {false, true}) {
    guard.unlock();
    cancel_roots(hard);
    guard.lock();
    while (has_roots() && step_or_pass_time(guard)) {
      // nop
    }
  }
  while (step(guard)) {
    // nop
  }
  // Others may be about to let go of a strand.
  condition_.wait(guard, [this] { return num_strands() == 0; });
}

} // namespace morph
