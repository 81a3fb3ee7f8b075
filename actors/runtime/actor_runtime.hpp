// Runs deployments on the actor system of this process: yours, or one of its
// own.
#pragma once

#include <morph/actors/runtime/runtime.hpp>
#include <morph/transport/compat/config.hpp>
#include <morph/transport/object_store.hpp>

#include <caf/fwd.hpp>

#include <memory>
#include <mutex>

namespace morph {

class thread_runtime final : public runtime {
public:
  /// Uses an actor system that already runs and must outlive this object.
  explicit thread_runtime(caf::actor_system& sys);

  /// Starts a system of its own with this many workers.
  explicit thread_runtime(size_t workers);

  ~thread_runtime() override;

  std::string name() const override {
    return "threads";
  }

  result<std::unique_ptr<engine>> deploy(
    deployment plan, const deploy_options& options) override;

  task_runtime& tasks() override;

  caf::actor_system* actors() const noexcept override {
    return sys_;
  }

  caf::actor_system& system() noexcept;

  /// Where remote objects of this process live.
  object_store& store();

private:
  std::shared_ptr<object_store> shared_store();

  struct own_system;
  std::unique_ptr<own_system> own_;
  caf::actor_system* sys_;
  std::mutex mutex_;
  std::shared_ptr<object_store> store_; // made when it is needed
  std::unique_ptr<task_runtime> tasks_; // likewise
};

} // namespace morph
