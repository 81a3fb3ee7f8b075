#include <morph/actors/planning/local_advisor.hpp>
#include <morph/actors/runtime/actor_engine.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/runtime/deployment_id.hpp>
#include <morph/actors/task/actor_tasks.hpp>

#include <caf/actor_system_config.hpp>

#include <algorithm>

namespace morph {

namespace {

struct local_config : caf::actor_system_config {
  explicit local_config(size_t workers) {
    system_options options;
    options.workers = workers;
    options.networking = false;
    configure(*this, options);
  }
};

} // namespace

struct thread_runtime::own_system {
  explicit own_system(size_t workers) : config(workers), system(config) {
    // nop
  }

  local_config config;
  caf::actor_system system;
};

thread_runtime::thread_runtime(caf::actor_system& sys) : sys_(&sys) {
  // nop
}

thread_runtime::thread_runtime(size_t workers)
  : own_(std::make_unique<own_system>(workers)), sys_(&own_->system) {
  // nop
}

thread_runtime::~thread_runtime() {
  // nop
}

caf::actor_system& thread_runtime::system() noexcept {
  return *sys_;
}

task_runtime& thread_runtime::tasks() {
  std::lock_guard guard{mutex_};
  if (!tasks_)
    tasks_ = std::make_unique<actor_tasks>(*sys_);
  return *tasks_;
}

std::shared_ptr<object_store> thread_runtime::shared_store() {
  std::lock_guard guard{mutex_};
  if (!store_)
    store_ = std::make_shared<object_store>(*sys_);
  return store_;
}

object_store& thread_runtime::store() {
  return *shared_store();
}

result<std::unique_ptr<engine>> thread_runtime::deploy(
  deployment plan, const deploy_options& options) {
  plan.id = next_deployment_id(*sys_);
  plan.hosts = {"threads"};
  plan.host_of.assign(plan.net.size(), 0);
  auto& nodes = plan.net.data()->nodes;
  auto waits = std::any_of(nodes.begin(), nodes.end(),
                           [](auto& n) { return n.user && n.user->waits(); });
  actor_sites sites{{caf::actor{}},
                    std::make_shared<address_book>(),
                    waits ? shared_store() : nullptr,
                    options.events};
  std::unique_ptr<placement_advisor> advisor;
  if (options.forward_budget > 0)
    advisor = make_local_advisor(options.forward_budget);
  return std::make_unique<actor_engine>(*sys_, std::move(plan),
                                        std::move(sites), std::move(advisor));
}

} // namespace morph
