// A training step over two processes on loopback with one cut, batch 1:
// this process runs the session and the first half, a child the second.
#include "report.hpp"

#include <morph/actors/host/host.hpp>
#include <morph/actors/runtime/cluster.hpp>
#include <morph/morph.hpp>
#include <morph/transport/compat/config.hpp>

#include <caf/actor_system.hpp>
#include <caf/actor_system_config.hpp>

#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <string>
#include <sys/prctl.h>
#include <sys/wait.h>

using namespace morph;

namespace {

constexpr const char* key = "a key for one benchmark";

struct networked : caf::actor_system_config {
  networked() {
    system_options options;
    options.workers = 1;
    configure(*this, options);
  }
};

/// Runs a host and writes its port to `out`.
int be_host(int out) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  networked config;
  caf::actor_system system{config};
  host_options options;
  options.name = "other";
  options.key = key;
  host self{system, options};
  auto port = self.where().port;
  if (write(out, &port, sizeof(port)) != sizeof(port))
    return EXIT_FAILURE;
  while (!self.wait_for(std::chrono::seconds{1}))
    ; // until then
  return EXIT_SUCCESS;
}

void measure(uint16_t port) {
  networked config;
  caf::actor_system system{config};
  cluster_options options;
  options.hosts = {{"127.0.0.1", port}};
  options.key = key;
  options.include_driver = true;
  cluster both{system, options};
  for (int64_t width : {1, 256}) {
    for (int64_t batch : {1, 32}) {
      graph g;
      auto x = g.input("x", f32, {dyn, width});
      auto t = g.input("t", f32, {dyn, width});
      auto w = g.parameter("w", tensor::full(f32, {width, width}, 0.01));
      auto v = g.parameter("v", tensor::full(f32, {width, width}, 0.01));
      w.pin("driver");
      v.pin("other");
      auto h = matmul(x, w).pin("driver");
      auto y = matmul(h, v).pin("other");
      auto loss = mse(y, t);
      session s{both, g, minimise(loss, sgd{.rate = 1e-6})};
      auto xs = tensor::full(f32, {batch, width}, 0.5);
      auto step = [&] { s.step({{x, xs}, {t, xs}}).get(); };
      for (int i = 0; i < 50; ++i)
        step();
      auto ns = bench::median_ns(501, step);
      auto name = "training step, two processes, batch " + std::to_string(batch)
                  + ", width " + std::to_string(width);
      bench::line(name.c_str(), ns / 1e3, "us",
                  batch == 1 && width == 1 ? "(target <= 400)" : "");
    }
  }
  both.stop_hosts();
}

} // namespace

int main() {
  int ends[2];
  if (pipe(ends) != 0)
    return EXIT_FAILURE;
  auto child = fork();
  if (child == 0)
    return be_host(ends[1]);
  uint16_t port = 0;
  if (read(ends[0], &port, sizeof(port)) != sizeof(port))
    return EXIT_FAILURE;
  measure(port);
  return waitpid(child, nullptr, 0) == child ? EXIT_SUCCESS : EXIT_FAILURE;
}
