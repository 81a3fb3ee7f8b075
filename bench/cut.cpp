// A training step over two processes on loopback with one cut, batch 1:
// this process runs the session and the first half, a child the second.
#include "host_process.hpp"
#include "report.hpp"

#include <morph/morph.hpp>

#include <cstdlib>
#include <string>

using namespace morph;

namespace {

void measure(const endpoint& other) {
  bench::networked config;
  caf::actor_system system{config};
  cluster_options options;
  options.hosts = {other};
  options.key = bench::host_key;
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
  bench::host_process other{"other"};
  measure(other.where());
  return EXIT_SUCCESS;
}
