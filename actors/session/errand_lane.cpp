#include <morph/actors/session/errand_lane.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <caf/actor_system.hpp>
#include <caf/scoped_actor.hpp>

#include <atomic>
#include <chrono>
#include <future>
#include <thread>

namespace morph {

/// Which thread this is; known once it has run something. A simulation has
/// one thread: there it is known while something runs.
struct errand_lane::identity {
  std::atomic<std::thread::id> thread{};

  bool is_here() const noexcept {
    return thread.load() == std::this_thread::get_id();
  }
};

errand_lane::errand_lane(caf::actor_system& sys)
  : sys_(sys), identity_(std::make_shared<identity>()) {
  auto* simulated = compat::simulation_of(sys);
  auto behavior = [id = identity_,
                   simulated](caf::event_based_actor* self) -> caf::behavior {
    return {
      [id, simulated](const errand& x) {
        id->thread = std::this_thread::get_id();
        try {
          (*x.what)();
        } catch (...) {
          // Whoever cares has a handle to the step.
        }
        if (simulated)
          id->thread = std::thread::id{};
      },
      [self](last_errand) { self->quit(); },
    };
  };
  if (simulated) {
    actor_ = sys.spawn(behavior);
    simulated->may_block(actor_);
  } else {
    actor_ = sys.spawn<caf::detached>(behavior);
  }
}

errand_lane::~errand_lane() {
  // Not an exit message: that would overtake what was handed over.
  compat::anon_send(actor_, last_errand{});
  if (identity_->is_here())
    return;
  caf::scoped_actor self{sys_};
  compat::wait_for_end(self, actor_);
}

void errand_lane::drain() const {
  if (identity_->is_here())
    return;
  auto done = std::make_shared<std::promise<void>>();
  auto future = done->get_future();
  run([done] { done->set_value(); });
  auto ready = [&] {
    return future.wait_for(std::chrono::seconds{0})
           == std::future_status::ready;
  };
  if (compat::run_until(sys_, ready))
    future.wait();
}

void errand_lane::run(std::function<void()> f) const {
  compat::anon_send(
    actor_, errand{std::make_shared<std::function<void()>>(std::move(f))});
}

} // namespace morph
