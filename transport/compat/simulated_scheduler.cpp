#include <morph/graph/type_name.hpp>
#include <morph/transport/compat/simulated_scheduler.hpp>

#include <caf/local_actor.hpp>
#include <caf/scheduled_actor.hpp>

#include <algorithm>

namespace morph::compat {

namespace {

/// Where a running actor puts those to whom it sends: in the queue of their
/// own system.
class unit final : public caf::execution_unit {
public:
  explicit unit(simulated_scheduler& x)
    : caf::execution_unit(&x.system()), scheduler_(x) {
    // nop
  }

  void exec_later(caf::resumable* x) override {
    static_cast<caf::scheduler::abstract_coordinator&>(scheduler_).enqueue(x);
  }

private:
  simulated_scheduler& scheduler_;
};

} // namespace

simulated_config::simulated_config(simulated_system& x) : host(x) {
  // nop
}

simulated_timers::simulated_timers(simulated_system& x) : host_(x) {
  // nop
}

simulated_timers::time_point simulated_timers::now() const noexcept {
  return time_point{std::chrono::nanoseconds{host_.clock().read()}};
}

std::optional<int64_t> simulated_timers::next_due() const {
  if (schedule().empty())
    return std::nullopt;
  return std::chrono::nanoseconds{schedule().begin()->first.time_since_epoch()}
    .count();
}

simulated_scheduler::simulated_scheduler(caf::actor_system& sys,
                                         simulated_system& x)
  : caf::scheduler::test_coordinator(sys), host_(x), clock_(x) {
  // nop
}

caf::actor_system::module* simulated_scheduler::make(caf::actor_system& sys,
                                                     caf::detail::type_list<>) {
  auto& cfg = dynamic_cast<const simulated_config&>(sys.config());
  return new simulated_scheduler(sys, cfg.host);
}

void simulated_scheduler::run(size_t index) {
  auto x = ready_[index];
  ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(index));
  unit here{*this};
  switch (x.what->resume(&here, 1)) {
    case caf::resumable::resume_later:
      x.turn = ++*turns_;
      ready_.push_back(x);
      break;
    case caf::resumable::done:
    case caf::resumable::awaiting_message:
      intrusive_ptr_release(x.what);
      break;
    case caf::resumable::shutdown_execution_unit:
      break;
  }
}

void simulated_scheduler::mark_blocking(const caf::actor& x) {
  blocking_.push_back(x.id());
  for (auto& y : ready_)
    y.blocks = y.blocks || id_of(*y.what) == x.id();
}

caf::detail::test_actor_clock& simulated_scheduler::clock() noexcept {
  return clock_;
}

void simulated_scheduler::stop() {
  clock_.cancel_all();
  while (!ready_.empty())
    run(0);
}

void simulated_scheduler::enqueue(caf::resumable* x) {
  auto blocks = !blocking_.empty()
                && std::find(blocking_.begin(), blocking_.end(), id_of(*x))
                     != blocking_.end();
  ready_.push_back({++*turns_, x, blocks});
}

uint64_t id_of(caf::resumable& x) {
  auto* actor = dynamic_cast<caf::abstract_actor*>(&x);
  return actor ? actor->id() : 0;
}

std::string describe(caf::resumable& x) {
  auto* actor = dynamic_cast<caf::scheduled_actor*>(&x);
  if (!actor)
    return "something";
  auto out = std::string{actor->name()} + " #" + std::to_string(actor->id());
  auto* next = actor->mailbox().peek();
  if (!next)
    return out + " starts";
  // Of our own messages the name, of CAF's what it says of them.
  auto& content = next->content();
  if (content.size() == 0)
    return out + " handles an empty message";
  auto [number, type] = content.type(0);
  return out + " handles "
         + (type ? readable_type(type->name()) : content.stringify(0));
}

} // namespace morph::compat
