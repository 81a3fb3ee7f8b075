#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/compat/simulated_scheduler.hpp>

#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <unistd.h>

#include <atomic>
#include <memory>
#include <random>
#include <thread>

namespace morph::compat {

simulated_system::~simulated_system() {
  // nop
}

simulated_system* simulation_of(caf::actor_system& sys) noexcept {
  auto* x = dynamic_cast<simulated_scheduler*>(&sys.scheduler());
  return x ? &x->host() : nullptr;
}

bool run_until(caf::actor_system& sys, const std::function<bool()>& ready) {
  auto* x = simulation_of(sys);
  return !x || x->run_until(ready);
}

error why_stalled(caf::actor_system& sys) {
  auto* x = simulation_of(sys);
  return x ? x->why_stalled() : error{};
}

bool run_until_mail(caf::scoped_actor& self) {
  return run_until(self.home_system(),
                   [&] { return !self->mailbox().empty(); });
}

void wait_for_end(caf::scoped_actor& self, const caf::actor& x) {
  auto* simulated = simulation_of(self.home_system());
  if (!simulated)
    return self->wait_for(x);
  auto ended = std::make_shared<bool>(false);
  caf::actor_cast<caf::abstract_actor*>(x)->attach_functor(
    [ended] { *ended = true; });
  static_cast<void>(simulated->run_until([&] { return *ended; }));
}

clock_source* clock_of(caf::actor_system& sys) noexcept {
  auto* x = simulation_of(sys);
  return x ? &x->clock() : nullptr;
}

void pause(caf::actor_system& sys) {
  if (auto* x = simulation_of(sys))
    x->run_for(std::chrono::milliseconds{1});
  else
    std::this_thread::yield();
}

uint32_t fresh_number(caf::actor_system& sys) {
  static std::atomic<uint32_t> next{std::random_device{}()};
  if (auto* x = simulation_of(sys))
    return x->fresh_number();
  return next.fetch_add(1, std::memory_order_relaxed);
}

uint64_t process_of(caf::actor_system& sys) noexcept {
  if (auto* x = simulation_of(sys))
    return x->process_id();
  return static_cast<uint64_t>(getpid());
}

system_clock_scope::system_clock_scope(caf::actor_system& sys) noexcept
  : scope_(clock_of(sys)) {
  // nop
}

cooperative_lock::cooperative_lock(caf::actor_system* sys, std::mutex& x)
  : system_(sys ? simulation_of(*sys) : nullptr), guard_(x, std::defer_lock) {
  if (!system_) {
    guard_.lock();
    return;
  }
  if (!system_->run_until([this] { return guard_.try_lock(); }))
    throw failure{system_->why_stalled()};
  system_->hold(+1);
}

cooperative_lock::~cooperative_lock() {
  if (system_)
    system_->hold(-1);
}

} // namespace morph::compat
