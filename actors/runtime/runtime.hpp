// Where graphs run: on the caller's thread, on this process's actor system, or
// on many hosts. There is no global runtime; a session gets the one it uses.
#pragma once

#include <morph/actors/events/event_stream.hpp>
#include <morph/actors/runtime/engine.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace morph {

class task_runtime;

/// Limits and wishes for one deployment.
struct deploy_options {
  /// Bytes of forward values that each host may hold in a training step; 0: no
  /// limit. Values that do not fit are recomputed, and training steps run one
  /// at a time. Parameters, feeds, cotangents, kernels' own workspace and
  /// steps without a backward pass do not count.
  uint64_t forward_budget = 0;
  /// Hears of changes of plan, of hosts and of links; may be null.
  std::shared_ptr<event_stream> events = nullptr;
};

class runtime {
public:
  virtual ~runtime();

  virtual std::string name() const = 0;

  /// Plans and deploys. Fails with MM0506 for a hint that names no host,
  /// MM0507 where no host can run a node, MM0504 where a budget is too small.
  virtual result<std::unique_ptr<engine>> deploy(deployment plan,
                                                 const deploy_options& options)
    = 0;

  /// Where tasks run; `run` and `start` of <morph/actors/task/run.hpp> take
  /// the runtime itself.
  virtual task_runtime& tasks() = 0;

  /// The system whose actors run the nodes; null if there are none.
  virtual caf::actor_system* actors() const noexcept;
};

/// Runs everything on the thread that asks, without actors.
class inline_runtime final : public runtime {
public:
  inline_runtime();
  ~inline_runtime() override;

  std::string name() const override {
    return "inline";
  }

  result<std::unique_ptr<engine>> deploy(
    deployment plan, const deploy_options& options) override;

  task_runtime& tasks() override;

private:
  std::unique_ptr<task_runtime> tasks_;
};

} // namespace morph
