#include <morph/actors/runtime/inline_engine.hpp>
#include <morph/actors/runtime/runtime.hpp>
#include <morph/actors/task/inline_tasks.hpp>

namespace morph {

runtime::~runtime() {
  // nop
}

caf::actor_system* runtime::actors() const noexcept {
  return nullptr;
}

inline_runtime::inline_runtime() : tasks_(std::make_unique<inline_tasks>()) {
  // nop
}

inline_runtime::~inline_runtime() {
  // nop
}

task_runtime& inline_runtime::tasks() {
  return *tasks_;
}

result<std::unique_ptr<engine>> inline_runtime::deploy(
  deployment plan, const deploy_options& options) {
  plan.hosts = {"inline"};
  plan.host_of.assign(plan.net.size(), 0);
  return make_inline_engine(std::move(plan), options.forward_budget);
}

} // namespace morph
