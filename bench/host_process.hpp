// Hosts in processes of their own, for as long as the benchmark runs.
#pragma once

#include <morph/actors/host/host.hpp>
#include <morph/actors/runtime/cluster.hpp>
#include <morph/transport/compat/config.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>

namespace morph::bench {

inline constexpr const char* host_key = "a key for one benchmark";

struct networked : caf::actor_system_config {
  networked() {
    system_options options;
    options.workers = 1;
    configure(*this, options);
  }
};

/// Forks; make it before any thread. A host that was told to stop is waited
/// for.
class host_process {
public:
  explicit host_process(const std::string& name) {
    int ends[2];
    if (pipe(ends) != 0)
      throw std::runtime_error("no pipe");
    child_ = fork();
    if (child_ == 0)
      be_host(name, ends[1]);
    if (read(ends[0], &port_, sizeof(port_)) != sizeof(port_))
      throw std::runtime_error("no host");
    close(ends[0]);
    close(ends[1]);
  }

  host_process(const host_process&) = delete;
  host_process& operator=(const host_process&) = delete;

  ~host_process() {
    waitpid(child_, nullptr, 0);
  }

  endpoint where() const {
    return {"127.0.0.1", port_};
  }

private:
  [[noreturn]] static void be_host(const std::string& name, int out) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    {
      networked config;
      caf::actor_system system{config};
      host_options options;
      options.name = name;
      options.key = host_key;
      host self{system, options};
      auto port = self.where().port;
      if (write(out, &port, sizeof(port)) != sizeof(port))
        std::_Exit(EXIT_FAILURE);
      while (!self.wait_for(std::chrono::seconds{1}))
        ; // until then
    }
    std::_Exit(EXIT_SUCCESS);
  }

  pid_t child_ = 0;
  uint16_t port_ = 0;
};

} // namespace morph::bench
