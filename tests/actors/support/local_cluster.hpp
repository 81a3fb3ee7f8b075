// Host processes on loopback and a cluster runtime over them.
#pragma once

#include "support/process.hpp"

#include <morph/actors/runtime/cluster.hpp>
#include <morph/transport/compat/config.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <memory>
#include <string>
#include <vector>

namespace morph::test {

struct networked_config : caf::actor_system_config {
  networked_config() {
    system_options options;
    options.workers = 2;
    configure(*this, options);
  }
};

class local_cluster {
public:
  explicit local_cluster(size_t n, bool include_driver = false);

  cluster& runtime() {
    return *cluster_;
  }

  process& host(size_t i) {
    return hosts_[i];
  }

  caf::actor_system& system() {
    return system_;
  }

  /// How another driver meets the same hosts.
  const cluster_options& options() const {
    return options_;
  }

private:
  std::vector<process> hosts_;
  networked_config config_;
  caf::actor_system system_;
  cluster_options options_;
  std::unique_ptr<cluster> cluster_;
};

} // namespace morph::test
