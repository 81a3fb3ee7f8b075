#include <morph/actors/events/courier.hpp>
#include <morph/actors/events/event_queue.hpp>
#include <morph/actors/session/errand_lane.hpp>
#include <morph/graph/clock.hpp>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

namespace morph {

struct subscription::subscriber {
  std::mutex mutex;
  std::condition_variable changed;
  event_queue waiting;
  event_stream::function call;
  bool scheduled = false; // somebody delivers or is about to
  bool gone = false;
  std::optional<std::thread::id> running_in;

  /// True if somebody must deliver now.
  bool push(const event& x) {
    std::lock_guard guard{mutex};
    if (gone)
      return false;
    waiting.push(x);
    return !std::exchange(scheduled, true);
  }

  void deliver() {
    std::unique_lock guard{mutex};
    while (!gone && !waiting.empty()) {
      auto x = waiting.pop();
      running_in = std::this_thread::get_id();
      guard.unlock();
      try {
        call(x);
      } catch (...) {
        // Events are told, not discussed.
      }
      guard.lock();
      running_in.reset();
      changed.notify_all();
    }
    scheduled = false;
  }

  void end() {
    std::unique_lock guard{mutex};
    gone = true;
    waiting.clear();
    changed.wait(guard, [&] {
      return !running_in || *running_in == std::this_thread::get_id();
    });
  }
};

void subscription::end() noexcept {
  if (auto x = std::exchange(subscriber_, nullptr))
    x->end();
}

struct event_stream::impl {
  using subscriber_ptr = std::shared_ptr<subscription::subscriber>;

  explicit impl(caf::actor_system* x) : sys(x) {
    // nop
  }

  /// Calls functions on the lane, or here if there is none.
  void wake(const subscriber_ptr& x) {
    if (lane)
      lane->run([x] { x->deliver(); });
    else
      x->deliver();
  }

  caf::actor_system* sys;
  std::mutex mutex; // held while queues are filled, never while calling
  std::deque<event> history;
  uint64_t last_number = 0;
  std::vector<std::weak_ptr<subscription::subscriber>> functions;
  std::vector<caf::actor> couriers;
  std::unique_ptr<errand_lane> lane; // since the first subscription
};

event_stream::event_stream(caf::actor_system* sys)
  : impl_(std::make_unique<impl>(sys)) {
  // nop
}

event_stream::~event_stream() {
  for (auto& x : impl_->couriers)
    compat::anon_send(x, end_of_events{});
  impl_->lane.reset();
}

subscription event_stream::subscribe(function f) {
  auto x = std::make_shared<subscription::subscriber>();
  x->call = std::move(f);
  auto due = false;
  {
    std::lock_guard guard{impl_->mutex};
    if (impl_->sys && !impl_->lane)
      impl_->lane = std::make_unique<errand_lane>(*impl_->sys);
    for (auto& y : impl_->history)
      due = x->push(y) || due;
    impl_->functions.push_back(x);
  }
  if (due)
    impl_->wake(x);
  return subscription{std::move(x)};
}

void event_stream::subscribe(const caf::actor& whom) {
  if (!impl_->sys)
    throw failure{
      error{errc::infeasible_plan, "a session that runs inline has no actors"}
        .remedy("subscribe a function, or give the session an actor runtime")};
  std::lock_guard guard{impl_->mutex};
  auto& x = impl_->couriers.emplace_back(spawn_courier(*impl_->sys, whom));
  for (auto& y : impl_->history)
    compat::anon_send(x, y);
}

void event_stream::publish(event_content x) {
  std::vector<impl::subscriber_ptr> due;
  {
    std::lock_guard guard{impl_->mutex};
    auto& history = impl_->history;
    history.push_back({++impl_->last_number, now_ns(), 0, std::move(x)});
    if (history.size() > remembered)
      history.pop_front();
    std::erase_if(impl_->functions, [&](auto& weak) {
      auto y = weak.lock();
      if (y && y->push(history.back()))
        due.push_back(y);
      return !y;
    });
    for (auto& y : impl_->couriers)
      compat::anon_send(y, history.back());
  }
  for (auto& y : due)
    impl_->wake(y);
}

} // namespace morph
