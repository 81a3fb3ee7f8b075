#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/task_runtime.hpp>
#include <morph/actors/task/timer.hpp>

namespace morph::tasks {

timer::timer(branch_core& of, task_time due, timer_client& client)
  : of_(&of), client_(&client), at_(of.home()), due_(due) {
  of_->add_ref();
}

timer::~timer() {
  of_->release();
}

timer* timer::start(branch_core& of, task_time due, timer_client& client) {
  auto* x = new timer{of, due, client};
  x->at_->runtime().arm(*x);
  return x;
}

void timer::cancel() noexcept {
  client_ = nullptr;
  at_->runtime().disarm(*this);
  release();
}

void timer::run(strand& on) noexcept {
  if (of_->finished()) {
    release();
    return;
  }
  // Only who is on the branch's strand may look at the client.
  if (of_->home() != &on) {
    of_->home()->post(*this);
    return;
  }
  if (auto* client = std::exchange(client_, nullptr)) {
    release();
    client->timed_out();
  }
  release();
}

} // namespace morph::tasks
