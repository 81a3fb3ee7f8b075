#include <morph/apps/morph/interrupt.hpp>

#include <unistd.h>

#include <atomic>
#include <csignal>

namespace morph::cli {

namespace {

std::atomic<bool> asked{false};
static_assert(std::atomic<bool>::is_always_lock_free);

extern "C" void on_interrupt(int) {
  if (asked.exchange(true))
    _exit(130);
}

} // namespace

void catch_interrupts() {
  struct sigaction x {};

  x.sa_handler = on_interrupt;
  sigaction(SIGINT, &x, nullptr);
  sigaction(SIGTERM, &x, nullptr);
}

bool interrupted() noexcept {
  return asked.load();
}

} // namespace morph::cli
