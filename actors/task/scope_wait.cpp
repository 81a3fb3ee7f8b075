#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/scope_wait.hpp>

namespace morph::tasks {

bool scope_wait::begin(branch_core& me, std::coroutine_handle<> h) {
  who = &me;
  if (&in_->owner() != &me) {
    foreign_ = true;
    return false;
  }
  if (until_ == until::all_succeeded)
    in_->extra()->fails_fast = true;
  if (is_over())
    return false;
  if (!holds_on && me.interrupted()) {
    interrupted = true;
    return false;
  }
  me.suspend(*this, h);
  in_->waiter = this;
  return true;
}

bool scope_wait::is_over() noexcept {
  auto& e = *in_->extra();
  switch (until_) {
    case until::all_succeeded:
      if (e.first_failed && !e.reason)
        in_->cancel(left_behind());
      return in_->live() == 0;
    case until::one_done:
      return e.done_first || in_->live() == 0;
    case until::room:
      return in_->has_room() || in_->live() == 0;
    default:
      return in_->live() == 0;
  }
}

void scope_wait::detach() noexcept {
  in_->waiter = nullptr;
}

std::string scope_wait::what() const {
  auto at = to_string(in_->extra()->where);
  auto text = std::to_string(in_->live()) + " branches of the scope";
  return at.empty() ? text : text + " at " + at;
}

void scope_wait::finish() const {
  if (foreign_)
    throw failure{{errc::circular_wait,
                   "only the owner of a scope can wait for its branches"}};
  if (interrupted)
    who->throw_reason();
}

void scope_wait::throw_failure() {
  auto& e = *in_->extra();
  if (!e.first_failed)
    return;
  auto problem = e.first_failed->named_problem();
  in_->forget(*e.first_failed);
  throw failure{std::move(problem)};
}

gathered all_wait::await_resume() {
  finish();
  in_->extra()->fails_fast = false;
  throw_failure();
  std::vector<branch_ref<branch_core>> out;
  for (auto* x = in_->first(); x; x = x->sibling_next) {
    // Those of a scope that was cancelled.
    if (x->problem())
      throw failure{x->named_problem()};
    out.emplace_back(x);
  }
  for (auto& x : out)
    in_->forget(*x);
  return gathered{std::move(out)};
}

void join_wait::await_resume() {
  if (quietly_)
    return;
  finish();
  throw_failure();
}

void gathered::wrong_type(const branch_core& x, const std::type_info&) {
  error e{errc::type_mismatch,
          "its result is of another type than what it is gathered into"};
  throw failure{std::move(e.at(x.name(), x.where()))};
}

} // namespace morph::tasks
