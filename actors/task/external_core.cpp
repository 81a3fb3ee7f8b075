#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/external_core.hpp>

namespace morph::tasks {

external_core::~external_core() {
  // nop
}

void external_core::run(strand&) noexcept {
  if (auto* x = std::exchange(waiter, nullptr))
    x->who->wake();
  release();
}

} // namespace morph::tasks
