#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/task_runtime.hpp>
#include <morph/actors/task/waits.hpp>

namespace morph::tasks {

// -- sleep --------------------------------------------------------------------

bool sleep_wait::begin(branch_core& me, std::coroutine_handle<> h) {
  who = &me;
  if (me.interrupted()) {
    interrupted = true;
    return false;
  }
  if (due_ <= me.home()->runtime().now())
    return false;
  me.suspend(*this, h);
  timer_ = timer::start(me, due_, *this);
  return true;
}

void sleep_wait::await_resume() {
  if (interrupted)
    who->throw_reason();
}

void sleep_wait::detach() noexcept {
  std::exchange(timer_, nullptr)->cancel();
}

std::string sleep_wait::what() const {
  return "its timer";
}

void sleep_wait::timed_out() noexcept {
  timer_ = nullptr;
  who->wake();
}

// -- turn ---------------------------------------------------------------------

void turn_wait::begin(branch_core& me, std::coroutine_handle<> h) {
  holds_on = true;
  me.suspend(*this, h);
  me.home()->post(*this);
}

void turn_wait::await_resume() {
  if (who->interrupted())
    who->throw_reason();
}

void turn_wait::detach() noexcept {
  // nop
}

std::string turn_wait::what() const {
  return "its turn";
}

void turn_wait::run(strand&) noexcept {
  who->wake();
}

// -- hop ----------------------------------------------------------------------

bool hop_wait::begin(branch_core& me, std::coroutine_handle<> h) {
  auto& to = me.strand_on(*to_);
  if (&to == me.home())
    return false;
  holds_on = true;
  me.suspend(*this, h);
  me.move_to(to, *this);
  return true;
}

void hop_wait::detach() noexcept {
  // nop
}

std::string hop_wait::what() const {
  return "its turn on '" + to_->name() + "'";
}

void hop_wait::run(strand&) noexcept {
  who->wake();
}

} // namespace morph::tasks
