// An actor whose mailbox holds jobs: objects that exist anyway, linked through
// a pointer in each. It takes a sixth of the memory of an event-based actor,
// and a message allocates nothing.
//
// It is scheduled, counted, linked to and monitored as any actor, but has no
// behavior: a request is answered with an error, other messages are ignored.
//
// Thread-safety: `post` from any thread; `handle` and `host` inside the actor.
// Invariants:
// 1. Jobs posted by one thread are handled in that order, one at a time.
// 2. The mailbox is closed for scheduling (idle) only when it is empty; who
//    posts to an idle actor schedules it.
// 3. After some jobs others get their turn: CAF's own limit is none at all by
//    default, and an actor that posts to itself would keep its worker.
#pragma once

#include <caf/actor_config.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/actor_system.hpp>
#include <caf/execution_unit.hpp>
#include <caf/make_actor.hpp>
#include <caf/monitorable_actor.hpp>
#include <caf/resumable.hpp>
#include <caf/scheduler/abstract_coordinator.hpp>
#include <caf/sec.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <utility>

namespace morph::compat {

/// `Next` is the member of `Job` through which a mailbox links its jobs.
template <class Job, Job* Job::*Next>
class job_actor : public caf::monitorable_actor, public caf::resumable {
public:
  explicit job_actor(caf::actor_config& cfg)
    : monitorable_actor(cfg), newest_(idle()) {
    // nop
  }

  /// Has `x` handled; `host` runs the caller, null if that is no actor.
  void post(Job& x, caf::execution_unit* host) {
    auto* head = newest_.load(std::memory_order_relaxed);
    do {
      x.*Next = head == idle() ? nullptr : head;
    } while (!newest_.compare_exchange_weak(head, &x, std::memory_order_acq_rel,
                                            std::memory_order_relaxed));
    if (head != idle())
      return;
    caf::intrusive_ptr_add_ref(ctrl());
    if (host)
      host->exec_later(this);
    else
      home_system().scheduler().enqueue(this);
  }

  /// What runs this actor now.
  caf::execution_unit* host() const noexcept {
    return host_;
  }

  using monitorable_actor::enqueue;

  void enqueue(caf::mailbox_element_ptr x, caf::execution_unit*) override {
    bounce(x, caf::sec::unexpected_message);
  }

  const char* name() const override {
    return "morph.job_actor";
  }

  subtype_t subtype() const override {
    return unspecified;
  }

  resume_result resume(caf::execution_unit* host,
                       size_t max_throughput) override {
    host_ = host;
    auto most = std::min(max_throughput, most_in_a_row);
    for (size_t n = 0;; ++n) {
      if (!oldest_ && !fetch())
        return awaiting_message;
      if (n == most)
        return resume_later;
      auto* x = oldest_;
      oldest_ = x->*Next;
      handle(*x);
    }
  }

  void intrusive_ptr_add_ref_impl() override {
    caf::intrusive_ptr_add_ref(ctrl());
  }

  void intrusive_ptr_release_impl() override {
    caf::intrusive_ptr_release(ctrl());
  }

  void on_destroy() override {
    if (!getf(is_cleaned_up_flag))
      cleanup(caf::exit_reason::unreachable, nullptr);
    monitorable_actor::on_destroy();
  }

protected:
  virtual void handle(Job& x) = 0;

private:
  static constexpr size_t most_in_a_row = 100;

  /// Stands for "empty, and not scheduled".
  static Job* idle() noexcept {
    static char mark;
    return reinterpret_cast<Job*>(&mark);
  }

  /// Takes what was posted, oldest first; false if nothing was, and then the
  /// actor is idle and may run elsewhere at once.
  bool fetch() {
    Job* expected = nullptr;
    if (newest_.compare_exchange_strong(expected, idle(),
                                        std::memory_order_acq_rel))
      return false;
    auto* x = newest_.exchange(nullptr, std::memory_order_acq_rel);
    while (x) {
      auto* next = x->*Next;
      x->*Next = oldest_;
      oldest_ = x;
      x = next;
    }
    return true;
  }

  std::atomic<Job*> newest_;
  Job* oldest_ = nullptr;
  caf::execution_unit* host_ = nullptr;
};

/// Makes one with a reference for the caller; it does not keep the system
/// alive.
template <class T, class... Ts>
T* make_job_actor(caf::actor_system& sys, Ts&&... xs) {
  caf::actor_config cfg;
  auto x = caf::make_actor<T, caf::strong_actor_ptr>(
    sys.next_actor_id(), sys.node(), &sys, cfg, std::forward<Ts>(xs)...);
  return static_cast<T*>(x.release()->get());
}

} // namespace morph::compat
