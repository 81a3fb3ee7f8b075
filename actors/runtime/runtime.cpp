#include <morph/actors/runtime/inline_engine.hpp>
#include <morph/actors/runtime/runtime.hpp>

namespace morph {

runtime::~runtime() {
  // nop
}

caf::actor_system* runtime::actors() const noexcept {
  return nullptr;
}

result<std::unique_ptr<engine>> inline_runtime::deploy(
  deployment plan, const deploy_options& options) {
  plan.hosts = {"inline"};
  plan.host_of.assign(plan.net.size(), 0);
  return make_inline_engine(std::move(plan), options.forward_budget);
}

} // namespace morph
