#include <morph/actors/task/external_core.hpp>
#include <morph/actors/task/gather.hpp>

#include <algorithm>

namespace morph::tasks {

any_wait::~any_wait() {
  for (auto* x : told_by_)
    x->release();
}

bool any_wait::begin(branch_core& me, std::coroutine_handle<> h) {
  who = &me;
  auto done = [](auto* x) { return x->finished(); };
  if (std::any_of(whom_.begin(), whom_.end(), done))
    return false;
  if (me.interrupted()) {
    interrupted = true;
    return false;
  }
  me.suspend(*this, h);
  for (auto* x : whom_) {
    auto* link = new external_core{*me.home()};
    link->waiter = this;
    told_by_.push_back(link);
    link->add_ref();
    if (x->subscribe(*link))
      continue;
    link->release();
    detach();
    me.unsuspend();
    return false;
  }
  return true;
}

void any_wait::detach() noexcept {
  for (auto* x : told_by_)
    x->waiter = nullptr;
}

void any_wait::await_resume() {
  detach();
  if (interrupted)
    who->throw_reason();
}

std::string any_wait::what() const {
  return "one of " + std::to_string(whom_.size()) + " branches";
}

} // namespace morph::tasks
