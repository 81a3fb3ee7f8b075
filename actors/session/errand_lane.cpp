#include <morph/actors/session/errand_lane.hpp>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <atomic>
#include <future>
#include <thread>

namespace morph {

/// Which thread this is; known once it has run something.
struct errand_lane::identity {
  std::atomic<std::thread::id> thread{};
};

errand_lane::errand_lane(caf::actor_system& sys)
  : sys_(sys), identity_(std::make_shared<identity>()) {
  actor_ = sys.spawn<caf::detached>(
    [id = identity_](caf::event_based_actor* self) -> caf::behavior {
      return {
        [id](const errand& x) {
          id->thread = std::this_thread::get_id();
          try {
            (*x.what)();
          } catch (...) {
            // Whoever cares has a handle to the step.
          }
        },
        [self](last_errand) { self->quit(); },
      };
    });
}

errand_lane::~errand_lane() {
  // Not an exit message: that would overtake what was handed over.
  compat::anon_send(actor_, last_errand{});
  if (identity_->thread.load() == std::this_thread::get_id())
    return;
  caf::scoped_actor self{sys_};
  self->wait_for(actor_);
}

void errand_lane::drain() const {
  if (identity_->thread.load() == std::this_thread::get_id())
    return;
  std::promise<void> done;
  run([&] { done.set_value(); });
  done.get_future().wait();
}

void errand_lane::run(std::function<void()> f) const {
  compat::anon_send(
    actor_, errand{std::make_shared<std::function<void()>>(std::move(f))});
}

} // namespace morph
