#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/error_of.hpp>
#include <morph/actors/task/external_core.hpp>
#include <morph/actors/task/task_runtime.hpp>
#include <morph/actors/task/timer.hpp>

#include <algorithm>

namespace morph::tasks {

namespace {

/// Takes a cancellation to the strand of a branch.
class cancel_request final : public work {
public:
  cancel_request(branch_core& x, reason_ptr why, bool hard)
    : whom_(&x), why_(std::move(why)), hard_(hard) {
    // nop
  }

  void run(strand& on) noexcept override {
    if (!whom_->finished()) {
      if (whom_->home() != &on) {
        whom_->home()->post(*this);
        return;
      }
      whom_->interrupt(why_, hard_);
    }
    delete this;
  }

private:
  ~cancel_request() = default;

  branch_ref<branch_core> whom_;
  reason_ptr why_;
  bool hard_;
};

} // namespace

branch_core::branch_core(task_runtime& rt, scope_core* in,
                         std::source_location at)
  : implicit(*this), scope(in), owner_(in ? &in->owner() : nullptr),
    root_runtime_(&rt), at_(at) {
  if (!owner_)
    return;
  depth = owner_->depth + 1;
  due = owner_->due;
  shielded = owner_->shields_ > 0;
}

branch_core::~branch_core() {
  // nop
}

std::string branch_core::name() const {
  if (label)
    return label;
  return to_string(place{at_});
}

external_core* branch_core::closed() noexcept {
  static char mark;
  return reinterpret_cast<external_core*>(&mark);
}

bool branch_core::subscribe(external_core& x) noexcept {
  auto* head = outsiders_.load(std::memory_order_acquire);
  do {
    if (head == closed())
      return false;
    x.next_outside = head;
  } while (
    !outsiders_.compare_exchange_weak(head, &x, std::memory_order_acq_rel));
  return true;
}

void branch_core::close_outsiders() noexcept {
  auto* x = outsiders_.exchange(closed(), std::memory_order_acq_rel);
  external_core* in_order = nullptr;
  while (x) {
    auto* next = x->next_outside;
    x->next_outside = in_order;
    in_order = x;
    x = next;
  }
  while (in_order) {
    auto* next = in_order->next_outside;
    if (in_order->claim())
      in_order->fire();
    in_order->release();
    in_order = next;
  }
}

branch_core::rare& branch_core::rarely() {
  if (!rare_)
    rare_ = std::make_unique<rare>();
  return *rare_;
}

std::stop_token branch_core::stop_token() {
  auto& x = rarely();
  if (!x.stop) {
    x.stop.emplace();
    if (cancel_reason_)
      x.stop->request_stop();
  }
  return x.stop->get_token();
}

// -- starting -----------------------------------------------------------------

void branch_core::place_on(strand& where, bool folded) noexcept {
  placed = true;
  home_.store(&where, std::memory_order_release);
  if (&where.runtime() != root_runtime_) {
    away_ = true;
    root_runtime_->note_away(1);
  }
  if (folded && elsewhere) {
    start(where); // costs this strand nothing
  } else if (folded) {
    phase_ = branch_phase::unstarted;
    where.add_unstarted(*this);
  } else {
    phase_ = branch_phase::posted;
    where.post(*this);
  }
}

void branch_core::run(strand& on) noexcept {
  if (phase_ != branch_phase::finished) {
    start(on);
    return;
  }
  if (owner_->home() != &on) {
    owner_->home()->post(*this);
    return;
  }
  auto* owner = owner_;
  if (owner->branch_done(*this))
    owner->finish();
}

void branch_core::start(strand& on) noexcept {
  if (cancel_reason_) {
    fail_unstarted(cancel_reason_);
    return;
  }
  phase_ = branch_phase::running;
  if (!owner_ && due)
    timeout = timer::start(*this, *due, *this);
  try {
    if (auto h = begin()) {
      on.transfer(h);
      return;
    }
    if (elsewhere)
      return;
  } catch (...) {
    fail_with(error_of(std::current_exception()));
  }
  close();
}

void branch_core::returned() noexcept {
  take_result();
  close();
}

// -- ending -------------------------------------------------------------------

void branch_core::fail_with(error x) {
  x.at(name(), where());
  problem_ = std::make_shared<const error>(std::move(x));
}

void branch_core::fail_with(const std::exception_ptr& x, bool interrupted) {
  if (interrupted && cancel_reason_)
    fail_with(cancel_reason_);
  else
    fail_with(error_of(x));
}

void branch_core::fail_with(const reason_ptr& why) noexcept {
  problem_ = std::shared_ptr<const error>{why, &why->value()};
}

error branch_core::named_problem() const {
  auto x = *problem_;
  return x.at(name(), where());
}

void branch_core::fail_unstarted(const reason_ptr& why) noexcept {
  fail_with(why);
  phase_ = branch_phase::closing;
  finish();
}

void branch_core::close() noexcept {
  phase_ = branch_phase::closing;
  if (live_branches == 0) {
    finish();
    return;
  }
  // The last of them finishes this one, perhaps at once.
  branch_ref<branch_core> guard{this};
  implicit.cancel(left_behind());
}

void branch_core::finish() noexcept {
  for (auto* x = this; x;)
    x = x->finish_one();
}

branch_core* branch_core::finish_one() noexcept {
  phase_ = branch_phase::finished;
  drop_inputs();
  cancel_reason_ = nullptr;
  auto& root = *root_runtime_;
  auto away = away_;
  root.uncount_branch();
  close_outsiders();
  if (!owner_) {
    if (auto* t = std::exchange(timeout, nullptr))
      t->cancel();
    if (away)
      root.note_away(-1);
    root.root_finished(*this);
    return nullptr;
  }
  auto* owner = owner_;
  auto* where = owner->home();
  if (!away) {
    if (where == strand::current())
      return owner->branch_done(*this) ? owner : nullptr;
    where->post(*this);
    return nullptr;
  }
  // Not away before the owner is told; the strand keeps its runtime alive.
  strand_ptr guard{where};
  where->post(*this);
  root.note_away(-1);
  return nullptr;
}

bool branch_core::branch_done(branch_core& x) noexcept {
  --live_branches;
  x.delivered = true;
  if (auto* t = std::exchange(x.timeout, nullptr))
    t->cancel();
  x.own_strand = {};
  auto* waiting = std::exchange(x.awaited_by, nullptr);
  x.scope->branch_done(x); // may release x
  if (waiting && waiting->is_over())
    waiting->who->wake();
  return phase_ == branch_phase::closing && live_branches == 0;
}

// -- cancelling ---------------------------------------------------------------

error branch_core::reason() const {
  if (!cancel_reason_)
    return {errc::cancelled, "it was cancelled"};
  auto x = cancel_reason_->value();
  return x.at(name(), where());
}

void branch_core::throw_reason() const {
  if (!cancel_reason_)
    throw failure{reason()};
  throw interruption{*cancel_reason_};
}

void branch_core::wake() noexcept {
  waiting_ = nullptr;
  home()->make_ready(*this);
}

void branch_core::cancel(const reason_ptr& why, bool hard) noexcept {
  if (finished())
    return;
  if (placed && home() != strand::current())
    request_cancel(why, hard);
  else
    interrupt(why, hard);
}

void branch_core::request_cancel(const reason_ptr& why, bool hard) {
  home()->post(*new cancel_request{*this, why, hard});
}

void branch_core::interrupt(const reason_ptr& why, bool hard) noexcept {
  // Not by recursion: a chain of branches may be long.
  std::vector<branch_ref<branch_core>> others;
  interrupt_one(why, hard, others);
  for (size_t i = 0; i < others.size(); ++i) {
    branch_ref<branch_core> x{others[i]}; // the list may move
    x->interrupt_one(why, hard, others);
  }
}

void branch_core::interrupt_one(const reason_ptr& why, bool hard,
                                std::vector<branch_ref<branch_core>>& others) {
  if (delivered || finished())
    return;
  if (placed && home() != strand::current()) {
    request_cancel(why, hard);
    return;
  }
  if (!placed || phase_ == branch_phase::unstarted) {
    if (!placed)
      scope->unqueue(*this);
    else
      home()->remove_unstarted(*this);
    fail_unstarted(why);
    return;
  }
  if (!cancel_reason_)
    cancel_reason_ = why;
  hard_ = hard_ || hard;
  for (auto* s = scopes; s; s = s->next_open)
    for (auto* b = s->first(); b; b = b->sibling_next)
      if (!b->delivered && (hard || !b->shielded))
        others.emplace_back(b);
  for (auto* b = implicit.first(); b; b = b->sibling_next)
    if (!b->delivered && (hard || !b->shielded))
      others.emplace_back(b);
  if (rare_ && rare_->stop && (shields_ == 0 || hard))
    rare_->stop->request_stop();
  if (!waiting_ || !interrupted())
    return;
  if (waiting_->holds_on) {
    waiting_->ask_to_end();
  } else {
    waiting_->detach();
    waiting_->interrupted = true;
    wake();
  }
}

void branch_core::timed_out() noexcept {
  timeout = nullptr;
  cancel(make_reason(errc::deadline_exceeded, "its deadline has passed"));
}

// -- moving -------------------------------------------------------------------

strand& branch_core::strand_on(task_runtime& rt) {
  if (&home()->runtime() == &rt)
    return *home();
  auto& seen = rarely().visited;
  if (seen.empty())
    seen.emplace_back(home());
  for (auto& x : seen)
    if (&x->runtime() == &rt)
      return *x;
  seen.push_back(rt.make_strand());
  return *seen.back();
}

void branch_core::move_to(strand& where, work& then) noexcept {
  auto& root = *root_runtime_;
  auto away = &where.runtime() != &root;
  auto returns = away_ && !away;
  if (away && !away_)
    root.note_away(1);
  away_ = away;
  home_.store(&where, std::memory_order_release);
  if (!returns) {
    where.post(then);
    return;
  }
  // Not back before the message is there, or its runtime would see nothing
  // that can go on; the strand keeps that runtime alive.
  strand_ptr guard{&where};
  where.post(then);
  root.note_away(-1);
}

} // namespace morph::tasks
