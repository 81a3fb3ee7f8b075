// Two actors that write the same number without order between them: what
// ThreadSanitizer is told of CAF must not hide it.
#include <morph/transport/compat/config.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/mailbox.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <latch>

namespace {

int number = 0;

} // namespace

int main() {
  using namespace morph;
  caf::actor_system_config cfg;
  configure(cfg, {.workers = 2, .networking = false});
  caf::actor_system sys{cfg};
  // Both are at work at the same time, so that neither is behind the other.
  std::latch both{2};
  auto writer = [&both](caf::event_based_actor* self) {
    return caf::behavior{[self, &both](const begin_step&) {
      both.arrive_and_wait();
      ++number;
      compat::stop(caf::actor{self});
    }};
  };
  for (int i = 0; i < 2; ++i)
    compat::anon_send(compat::spawn(sys, writer), begin_step{});
}
