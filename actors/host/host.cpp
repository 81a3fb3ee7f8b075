#include <morph/actors/host/host.hpp>
#include <morph/actors/host/host_actor.hpp>
#include <morph/actors/remote/branch_service.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <caf/scoped_actor.hpp>

#include <condition_variable>
#include <mutex>

namespace morph {

struct host::impl {
  caf::actor_system* sys = nullptr;
  std::shared_ptr<address_book> book = std::make_shared<address_book>();
  std::shared_ptr<object_store> store;
  std::shared_ptr<tasks::branch_service> branches;
  caf::actor actor;
  offered door;
  std::mutex mutex;
  std::condition_variable changed;
  bool stop = false;
};

host::host(caf::actor_system& sys, const host_options& options)
  : impl_(std::make_unique<impl>()) {
  impl_->sys = &sys;
  host_setup setup;
  setup.name = options.name;
  setup.key = options.key;
  setup.book = impl_->book;
  setup.store = impl_->store = std::make_shared<object_store>(sys);
  setup.branches = impl_->branches
    = std::make_shared<tasks::branch_service>(sys, options.name);
  setup.where = options.where;
  setup.on_event = options.on_event;
  setup.on_stop = [x = impl_.get()] {
    {
      std::lock_guard guard{x->mutex};
      x->stop = true;
    }
    x->changed.notify_all();
  };
  impl_->actor = spawn_host(sys, setup);
  auto door
    = offer(sys, options.where, options.key, options_for(setup, impl_->actor));
  if (!door) {
    compat::stop(impl_->actor);
    throw failure{std::move(door.error())};
  }
  impl_->door = std::move(*door);
}

host::~host() {
  impl_->door = {};
  caf::scoped_actor self{*impl_->sys};
  std::vector<caf::actor> links;
  auto answer = self->request(impl_->actor, std::chrono::seconds{10}, leave{});
  if (compat::run_until_mail(self))
    answer.receive([&](const left_links& x) { links = x.links; },
                   [](const caf::error&) {
                     // nothing to close
                   });
  close_links(*impl_->sys, links);
  self->send_exit(impl_->actor, caf::exit_reason::user_shutdown);
  compat::wait_for_end(self, impl_->actor);
}

const endpoint& host::where() const noexcept {
  return impl_->door.where();
}

object_store& host::store() noexcept {
  return *impl_->store;
}

const address_book& host::addresses() const noexcept {
  return *impl_->book;
}

bool host::wait_for(std::chrono::milliseconds time) {
  std::unique_lock guard{impl_->mutex};
  return impl_->changed.wait_for(guard, time, [&] { return impl_->stop; });
}

} // namespace morph
