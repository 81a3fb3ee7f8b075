#include <morph/actors/runtime/deployment_id.hpp>
#include <morph/transport/compat/simulated.hpp>

namespace morph {

uint32_t next_deployment_id(caf::actor_system& sys) {
  return compat::fresh_number(sys);
}

} // namespace morph
