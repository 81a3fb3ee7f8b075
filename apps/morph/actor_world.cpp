#include <morph/apps/morph/actor_world.hpp>
#include <morph/transport/compat/config.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

namespace morph::cli {

namespace {

struct settings : caf::actor_system_config {
  explicit settings(size_t workers) {
    system_options options;
    options.workers = workers;
    configure(*this, options);
  }
};

} // namespace

struct actor_world::parts {
  explicit parts(size_t workers) : config(workers), system(config) {
    // nop
  }

  settings config;
  caf::actor_system system;
};

actor_world::actor_world(size_t workers)
  : parts_(std::make_unique<parts>(workers)) {
  // nop
}

actor_world::~actor_world() {
  // nop
}

caf::actor_system& actor_world::system() noexcept {
  return parts_->system;
}

} // namespace morph::cli
