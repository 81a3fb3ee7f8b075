#include <morph/actors/task/external_core.hpp>
#include <morph/actors/task/handle_wait.hpp>
#include <morph/actors/task/task_runtime.hpp>
#include <morph/actors/task/wait_graph.hpp>

namespace morph::tasks {

handle_wait::~handle_wait() {
  if (from_outside_)
    from_outside_->release();
}

bool handle_wait::is_own() const noexcept {
  return who && whom_->owner() == who;
}

bool handle_wait::may_move() const noexcept {
  return is_own() && whom_->is_sole(whom_->scope ? 1 : 0);
}

bool handle_wait::begin(branch_core& me, std::coroutine_handle<> h) {
  who = &me;
  if (!whom_) {
    refused_ = std::make_unique<error>(errc::no_result,
                                       "this handle refers to no branch");
    return false;
  }
  if (whom_->finished())
    return false;
  if (me.interrupted()) {
    interrupted = true;
    return false;
  }
  if (whom_->owner() == &me) {
    me.suspend(*this, h);
    whom_->awaited_by = this;
    auto* here = me.home();
    if (whom_->placed && whom_->home() == here
        && whom_->phase() == branch_phase::unstarted) {
      here->remove_unstarted(*whom_);
      whom_->start(*here);
    }
    return true;
  }
  auto& graph = me.root_runtime().waits();
  if (auto ok = graph.add(me, *whom_); !ok) {
    refused_ = std::make_unique<error>(std::move(ok.error()));
    return false;
  }
  in_graph_ = true;
  from_outside_ = new external_core{*me.home()};
  from_outside_->waiter = this;
  me.suspend(*this, h);
  from_outside_->add_ref();
  if (whom_->subscribe(*from_outside_))
    return true;
  // It has just finished.
  from_outside_->waiter = nullptr;
  from_outside_->release();
  me.unsuspend();
  return false;
}

void handle_wait::detach() noexcept {
  if (from_outside_)
    from_outside_->waiter = nullptr;
  else
    whom_->awaited_by = nullptr;
}

std::string handle_wait::what() const {
  return "'" + whom_->name() + "'";
}

result<void> handle_wait::outcome() {
  if (in_graph_)
    who->root_runtime().waits().remove(*who);
  in_graph_ = false;
  if (refused_)
    return fail(std::move(*refused_));
  if (interrupted)
    return fail(who->reason());
  if (whom_->problem()) {
    auto copy = whom_->named_problem();
    seen();
    return fail(std::move(copy));
  }
  return {};
}

void handle_wait::seen() noexcept {
  if (is_own() && whom_->scope)
    whom_->scope->seen(*whom_);
}

void handle_wait::finish() {
  unwrap(outcome());
}

} // namespace morph::tasks
