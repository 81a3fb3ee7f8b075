#include <morph/transport/compat/keeper.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <caf/actor.hpp>
#include <caf/actor_cast.hpp>
#include <caf/local_actor.hpp>
#include <caf/send.hpp>

#include <chrono>

namespace morph::compat {

namespace {

/// An actor that has not ended by then is in an endless loop.
constexpr auto patience = std::chrono::seconds{5};

} // namespace

keeper::keeper(caf::actor_system& sys) : system_(sys) {
  // nop
}

caf::actor_system::module* keeper::make(caf::actor_system& sys,
                                        caf::detail::type_list<>) {
  return new keeper(sys);
}

void keeper::start() {
  // nop
}

void keeper::stop() {
  std::unique_lock guard{mutex_};
  auto all = kept_;
  guard.unlock();
  for (auto& [id, addr] : all)
    if (auto x = caf::actor_cast<caf::actor>(addr))
      caf::anon_send_exit(x, caf::exit_reason::user_shutdown);
  all.clear();
  auto ended = run_until(system_, [this] {
    std::lock_guard look{mutex_};
    return kept_.empty();
  });
  if (!ended)
    return;
  guard.lock();
  changed_.wait_for(guard, patience, [this] { return kept_.empty(); });
}

void keeper::init(caf::actor_system_config&) {
  // nop
}

caf::actor_system::module::id_t keeper::id() const {
  // The slot of a module that this version of CAF does not have.
  return network_manager;
}

void* keeper::subtype_ptr() {
  return this;
}

void keeper::add(caf::local_actor* x) {
  auto id = x->id();
  {
    std::lock_guard guard{mutex_};
    kept_.emplace(id, x->address());
  }
  x->attach_functor([this, id] {
    std::lock_guard guard{mutex_};
    kept_.erase(id);
    changed_.notify_all();
  });
}

void keep(caf::local_actor* self) {
  auto& sys = self->system();
  if (!sys.has_network_manager())
    return;
  // CAF hands out the slot under the type of its own module.
  auto* raw = &sys.network_manager();
  reinterpret_cast<keeper*>(raw)->add(self);
}

} // namespace morph::compat
