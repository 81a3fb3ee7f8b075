#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/strand.hpp>
#include <morph/actors/task/task_runtime.hpp>

#include <algorithm>
#include <vector>

namespace morph::tasks {

namespace {

thread_local strand* running = nullptr;

/// Runtimes that need this thread.
thread_local std::vector<task_runtime*> to_drive;

/// Resumptions after which others have a turn.
constexpr int max_resumptions = 1000;

} // namespace

strand* strand::current() noexcept {
  return running;
}

void strand::run(work& x) noexcept {
  auto* outer = std::exchange(running, this);
  x.run(*this);
  drain();
  running = outer;
  while (!outer && !to_drive.empty()) {
    auto* rt = to_drive.back();
    to_drive.pop_back();
    rt->drive_for_others();
  }
}

void strand::drive_later(task_runtime& rt) {
  if (std::find(to_drive.begin(), to_drive.end(), &rt) == to_drive.end())
    to_drive.push_back(&rt);
}

void strand::drain() noexcept {
  for (int i = 0; i < max_resumptions; ++i) {
    youngest_ = nullptr;
    if (next_) {
      resume(std::exchange(next_, nullptr));
    } else if (auto* x = ready_.pop_front()) {
      resume(x->resume_at());
    } else if (auto* x = unstarted_.front()) {
      remove_unstarted(*x);
      x->start(*this);
    } else {
      return;
    }
  }
  yield();
}

void strand::resume(std::coroutine_handle<> h) noexcept {
  h.resume();
  if (auto* x = std::exchange(returned_, nullptr))
    x->returned();
}

void strand::yield() noexcept {
  if (comes_back_)
    return;
  comes_back_ = true;
  add_ref();
  post(again_);
}

void strand::make_ready(branch_core& x) noexcept {
  ready_.push_back(x);
}

void strand::add_unstarted(branch_core& x) noexcept {
  unstarted_.insert_after(youngest_, x);
  youngest_ = &x;
}

void strand::remove_unstarted(branch_core& x) noexcept {
  if (youngest_ == &x)
    youngest_ = x.list_prev;
  unstarted_.remove(x);
}

} // namespace morph::tasks
