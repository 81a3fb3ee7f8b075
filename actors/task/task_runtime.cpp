#include <morph/actors/io/asio_io.hpp>
#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/task_runtime.hpp>
#include <morph/actors/task/wait_graph.hpp>

#include <algorithm>

namespace morph {

namespace {

/// How often a thread adds up how many branches there are.
constexpr unsigned check_every = 64;

} // namespace

task_runtime::task_runtime()
  : placer_(std::make_shared<local_placer>()),
    waits_(std::make_unique<tasks::wait_graph>()) {
  // nop
}

task_runtime::~task_runtime() {
  // nop
}

task_counts task_runtime::counts() const noexcept {
  return {branches_.sum(), strands_.sum(), timers_.sum()};
}

void task_runtime::use(std::shared_ptr<placer> x) {
  placer_ = std::move(x);
}

result<void> task_runtime::may_wait() const {
  auto* here = tasks::strand::current();
  if (!here || &here->runtime() != this)
    return {};
  return fail(errc::needs_concurrency,
              "a task on '" + name()
                + "' would block the thread that it waits for; branch and "
                  "await instead");
}

morph::io& task_runtime::io() {
  return io_.get([this] { return make_io(); });
}

void task_runtime::use_io(morph::io& x) {
  io_.use(x);
}

std::unique_ptr<morph::io> task_runtime::make_io() const {
  return std::make_unique<asio_io>();
}

void task_runtime::note_away(int) noexcept {
  // nop
}

void task_runtime::drive_for_others() {
  // nop
}

bool task_runtime::count_branch() noexcept {
  thread_local unsigned calls = 0;
  branches_.add(1);
  if (++calls % check_every != 0
      || branches_.sum() <= static_cast<int64_t>(bound()))
    return true;
  branches_.add(-1);
  return false;
}

void task_runtime::adopt_root(tasks::branch_core& x) {
  {
    std::lock_guard guard{mutex_};
    roots_.push_back(&x);
    num_roots_ = roots_.size();
  }
  x.place_on(*x.own_strand, false);
}

void task_runtime::root_finished(tasks::branch_core& x) noexcept {
  {
    std::lock_guard guard{mutex_};
    roots_.erase(std::find(roots_.begin(), roots_.end(), &x));
    num_roots_ = roots_.size();
  }
  auto strand = std::move(x.own_strand);
  x.release();
  changed();
}

void task_runtime::cancel_roots(bool hard) {
  auto why
    = tasks::make_reason(errc::cancelled, "its runtime cancels what it runs");
  // A root keeps its strand until it has been taken off this list.
  std::lock_guard guard{mutex_};
  for (auto* x : roots_)
    x->request_cancel(why, hard);
}

void task_runtime::cancel_root(tasks::branch_core& x) {
  auto why = tasks::make_reason(errc::cancelled, "the program cancelled it");
  std::lock_guard guard{mutex_};
  if (std::find(roots_.begin(), roots_.end(), &x) != roots_.end())
    x.request_cancel(why, false);
}

std::vector<pending_branch> task_runtime::pending() const {
  std::vector<pending_branch> out;
  std::lock_guard guard{mutex_};
  for (auto* x : roots_)
    tasks::collect_pending(*x, out);
  return out;
}

} // namespace morph
