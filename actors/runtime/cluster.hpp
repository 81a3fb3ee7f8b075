// Runs deployments over several host processes.
//
// Thread-safety: all members may be called from any thread but an actor.
#pragma once

#include <morph/actors/host/verbs.hpp>
#include <morph/actors/planning/problem_builder.hpp>
#include <morph/actors/runtime/runtime.hpp>
#include <morph/transport/membership.hpp>
#include <morph/transport/object_store.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace morph {

struct cluster_options {
  /// Processes that run `morph host`, or embed a `host`.
  std::vector<endpoint> hosts;
  /// The key that all of them share.
  std::string key;
  std::chrono::milliseconds timeout{5000};
  /// Lets this process run nodes too. Nodes that no other host can run are
  /// placed here anyway.
  bool include_driver = false;
};

class cluster final : public runtime {
public:
  /// Name of this process in plans and pins.
  static constexpr std::string_view driver_name = "driver";

  /// Meets all hosts and lets them meet each other. Throws `failure` with
  /// MM0601 or MM0602 and the host's address.
  cluster(caf::actor_system& sys, const cluster_options& options);

  ~cluster() override;

  std::string name() const override {
    return "cluster";
  }

  result<std::unique_ptr<engine>> deploy(
    deployment plan, const deploy_options& options) override;

  /// On the actor system of this process; branches of functions that hosts
  /// know (`remote_task`) run there too.
  task_runtime& tasks() override;

  /// Where branches of each such function go, and why.
  std::string explain_branches() const;

  caf::actor_system* actors() const noexcept override;

  /// This process first, then the hosts in the order of their addresses.
  const std::vector<host_facts>& hosts() const noexcept;

  /// Plans without deploying: where everything would go, and why. `extent`
  /// stands for dynamic dimensions.
  result<std::string> plan_text(deployment plan, const deploy_options& options,
                                int64_t extent);

  /// Limits the bytes per second from one host to another; 0 lifts the limit.
  result<void> throttle(const std::string& from, const std::string& to,
                        uint64_t bytes_per_second);

  /// Tells of hosts that join and are lost; sessions have streams of their own.
  event_stream& events() noexcept;

  /// Where remote objects of this process live: `make_remote(c.store(), x)`.
  object_store& store() noexcept;

  /// Who is behind which address here: for those who look inside.
  const address_book& addresses() const noexcept;

  /// Node actors, remote objects, branches and timers that are alive, by host;
  /// this process first. Those of other drivers count too.
  std::vector<host_counts> counts();

  /// The same once all are zero, or after `patience`: what a session that has
  /// been closed leaves behind.
  std::vector<host_counts> left_behind(std::chrono::milliseconds patience);

  /// Asks the host processes to end.
  void stop_hosts();

private:
  class impl;
  std::shared_ptr<impl> impl_;
  std::unique_ptr<task_runtime> tasks_;
};

} // namespace morph
