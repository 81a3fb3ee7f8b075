#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/scope_core.hpp>

#include <algorithm>

namespace morph::tasks {

namespace {

/// Let go by a scope that is left.
reason_ptr make_left_behind() {
  return make_reason(errc::cancelled, "its scope was left before it was done");
}

} // namespace

const reason_ptr& left_behind() noexcept {
  static const reason_ptr reason = make_left_behind();
  return reason;
}

void scope_core::make_named(place where) {
  extra_ = std::make_unique<scope_extra>(*this);
  extra_->where = std::move(where);
  next_open = owner_->scopes;
  owner_->scopes = this;
}

// -- branches -----------------------------------------------------------------

void scope_core::add(branch_core& x) noexcept {
  x.sibling_prev = last_;
  (last_ ? last_->sibling_next : first_) = &x;
  last_ = &x;
  ++live_;
  ++owner_->live_branches;
}

void scope_core::unlink(branch_core& x) noexcept {
  (x.sibling_prev ? x.sibling_prev->sibling_next : first_) = x.sibling_next;
  (x.sibling_next ? x.sibling_next->sibling_prev : last_) = x.sibling_prev;
  x.sibling_prev = nullptr;
  x.sibling_next = nullptr;
}

bool scope_core::fits(uint32_t mask) const noexcept {
  for (size_t i = 0; i < extra_->limits.size(); ++i)
    if ((mask >> i & 1) && extra_->limits[i].running >= extra_->limits[i].most)
      return false;
  return true;
}

void scope_core::take_places(uint32_t mask, int by) noexcept {
  for (size_t i = 0; i < extra_->limits.size(); ++i)
    if (mask >> i & 1)
      extra_->limits[i].running += static_cast<size_t>(by);
}

bool scope_core::has_room() const noexcept {
  return !extra_
         || (extra_->waiting == 0
             && fits(static_cast<uint32_t>(
               (uint64_t{1} << extra_->limits.size()) - 1)));
}

void scope_core::admit(branch_core& x) noexcept {
  auto& on = x.own_strand ? *x.own_strand : *owner_->home();
  if (x.limit_mask == 0) {
    x.place_on(on, !x.own_strand);
    return;
  }
  if (fits(x.limit_mask)) {
    take_places(x.limit_mask, 1);
    x.place_on(on, !x.own_strand);
    return;
  }
  auto& lines = extra_->lines;
  auto i = std::find_if(lines.begin(), lines.end(),
                        [&x](auto& l) { return l.mask == x.limit_mask; });
  if (i == lines.end())
    i = lines.insert(i, {x.limit_mask, {}});
  auto& waiting = i->waiting;
  if (waiting.empty() || waiting.back()->priority >= x.priority)
    waiting.push_back(&x);
  else
    waiting.insert(
      std::find_if(waiting.begin(), waiting.end(),
                   [&x](auto* y) { return y->priority < x.priority; }),
      &x);
  ++extra_->waiting;
}

void scope_core::unqueue(branch_core& x) noexcept {
  if (!extra_)
    return;
  for (auto& l : extra_->lines)
    if (l.mask == x.limit_mask) {
      // Whole scopes are cancelled in order.
      auto i = std::find(l.waiting.begin(), l.waiting.end(), &x);
      if (i != l.waiting.end()) {
        l.waiting.erase(i);
        --extra_->waiting;
      }
    }
}

void scope_core::start_waiting() noexcept {
  for (auto& l : extra_->lines)
    while (!l.waiting.empty() && fits(l.mask)) {
      auto& x = *l.waiting.front();
      l.waiting.pop_front();
      --extra_->waiting;
      admit(x);
    }
}

void scope_core::branch_done(branch_core& x) noexcept {
  --live_;
  if (!extra_) {
    unlink(x);
    x.scope = nullptr;
    x.release();
    notify();
    return;
  }
  auto& e = *extra_;
  if (x.placed)
    take_places(x.limit_mask, -1);
  if (x.seen) {
    unlink(x);
    x.scope = nullptr;
    x.release();
  } else {
    keep(x);
  }
  if (left_) {
    if (live_ == 0)
      drop_finished();
    return;
  }
  if (e.fails_fast && e.first_failed && !e.reason)
    cancel(left_behind());
  if (e.waiting > 0)
    start_waiting();
  notify();
}

void scope_core::notify() noexcept {
  if (waiter && waiter->is_over())
    std::exchange(waiter, nullptr)->who->wake();
}

void scope_core::keep(branch_core& x) noexcept {
  auto& e = *extra_;
  (e.done_last ? e.done_last->done_next : e.done_first) = &x;
  e.done_last = &x;
  auto expected
    = e.reason && x.problem() && x.problem()->code == errc::cancelled;
  if (x.problem() && !e.first_failed && !expected)
    e.first_failed = &x;
}

branch_core* scope_core::first_done() noexcept {
  return extra_->done_first;
}

void scope_core::seen(branch_core& x) noexcept {
  if (!extra_)
    return;
  if (x.delivered)
    forget(x);
  else
    x.seen = true;
}

void scope_core::forget(branch_core& x) noexcept {
  auto& e = *extra_;
  branch_core* before = nullptr;
  for (auto* i = e.done_first; i && i != &x; i = i->done_next)
    before = i;
  (before ? before->done_next : e.done_first) = x.done_next;
  if (e.done_last == &x)
    e.done_last = before;
  x.done_next = nullptr;
  if (e.first_failed == &x) {
    e.first_failed = nullptr;
    for (auto* i = e.done_first; i && !e.first_failed; i = i->done_next)
      if (i->problem() && !(e.reason && i->problem()->code == errc::cancelled))
        e.first_failed = i;
  }
  unlink(x);
  x.scope = nullptr;
  x.release();
}

// -- ending -------------------------------------------------------------------

void scope_core::cancel(const reason_ptr& why, bool hard) noexcept {
  if (extra_ && !extra_->reason)
    extra_->reason = why;
  // Branches that end at once leave the list while it is walked.
  std::vector<branch_ref<branch_core>> all;
  for (auto* x = first_; x; x = x->sibling_next)
    if (!x->delivered)
      all.emplace_back(x);
  for (auto& x : all)
    if (!x->delivered)
      x->cancel(why, hard);
}

void scope_core::leave() noexcept {
  extra_->links.clear();
  if (auto* t = std::exchange(extra_->timeout, nullptr))
    t->cancel();
  left_ = true;
  waiter = nullptr;
  if (live_ > 0)
    cancel(left_behind());
  else
    drop_finished();
}

void scope_core::drop_finished() noexcept {
  while (first_) {
    auto& x = *first_;
    unlink(x);
    x.scope = nullptr;
    x.release();
  }
  auto** i = &owner_->scopes;
  while (*i != this)
    i = &(*i)->next_open;
  *i = next_open;
  delete this;
}

scope_extra::scope_extra(scope_core& x) : whose(x) {
  // nop
}

scope_extra::~scope_extra() {
  // nop
}

void scope_extra::timed_out() noexcept {
  timeout = nullptr;
  auto text = "the deadline of its scope has passed (" + to_string(where) + ")";
  whose.cancel(make_reason(errc::deadline_exceeded, std::move(text)));
}

} // namespace morph::tasks
