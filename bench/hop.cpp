// What a node costs as an actor: a chain of 1 000 one-number nodes on one
// worker, one step at a time; deploying 100 000 of them; steps without a leak.
#include "report.hpp"

#if defined(MORPH_BENCH_TORCH)
#  include "peers/torch_chain.hpp"
#endif

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <cstdlib>
#include <cstring>

using namespace morph;

namespace {

struct chain {
  graph g;
  expr x, y;

  explicit chain(int n) {
    x = g.input("x", f64);
    y = x;
    for (int i = 0; i < n; ++i)
      y = y * 1.0000001;
  }
};

void hop() {
  constexpr int n = 1000;
  thread_runtime threads{1};
  chain c{n};
  session forward{threads, c.g};
  auto k = 0.0;
  forward.run({{c.x, k}}, c.y);
  auto f = bench::median_ns(301, [&] { forward.run({{c.x, k += 1}}, c.y); });
  bench::line("forward, per node", f / n, "ns", "(target <= 600)");
  session both{threads, c.g, gradients_of(c.y, {c.x})};
  both.step({{c.x, k}}).get();
  auto b = bench::median_ns(301, [&] { both.step({{c.x, k += 1}}).get(); });
  bench::line("forward and backward, per node", b / n, "ns",
              "(target <= 1500)");
  session here{c.g};
  here.run({{c.x, k}}, c.y);
  auto h = bench::median_ns(101, [&] { here.run({{c.x, k += 1}}, c.y); });
  bench::line("the same inline, forward, per node", h / n, "ns", "");
#if defined(MORPH_BENCH_TORCH)
  bench::torch_chain torch{n};
  torch.forward_and_backward(k);
  auto tf = bench::median_ns(101, [&] { torch.forward(k += 1); });
  bench::line("libtorch, forward, per op", tf / n, "ns", "");
  auto tb = bench::median_ns(101, [&] { torch.forward_and_backward(k += 1); });
  bench::line("libtorch, forward and backward, per op", tb / n, "ns", "");
  bench::line("libtorch's over ours, forward", tf / f, "", "");
  bench::line("libtorch's over ours, forward and backward", tb / b, "", "");
#endif
}

void deploy() {
  constexpr int n = 100000;
  thread_runtime threads{1};
  auto before = bench::resident_bytes();
  chain c{n};
  auto described = bench::resident_bytes();
  session s{threads, c.g};
  auto t = bench::time_ns([&] {
    s.also({c.y});
    s.plan();
  });
  bench::line("deploy 100 000 node actors", t / 1e9, "s", "(target <= 3)");
  s.run({{c.x, 1.0}}, c.y);
  auto after = bench::resident_bytes();
  bench::line("memory of the description", (described - before) / 1e6, "MB",
              "");
  bench::line("memory of the actors, after one step", (after - described) / 1e6,
              "MB", "(target <= 300)");
}

void flat() {
  thread_runtime threads{2};
  graph g;
  auto x = g.input("x", f32, {dyn, 8});
  auto t = g.input("t", f32, {dyn, 1});
  auto loss = mse(dense(g, "out", tanh(dense(g, "hidden", x, 8, 1)), 1, 2), t);
  session s{threads, g, minimise(loss, adam{})};
  auto xs = tensor::full(f32, {4, 8}, 0.5);
  auto ts = tensor::full(f32, {4, 1}, 0.25);
  auto run = [&](int steps) {
    for (int i = 0; i < steps; ++i)
      s.step({{x, xs}, {t, ts}});
    s.finish();
  };
  run(10000);
  auto before = bench::resident_bytes();
  run(100000);
  bench::line("growth over 100 000 training steps",
              (bench::resident_bytes() - before) / 1e3, "kB", "(target: flat)");
}

} // namespace

int main(int argc, char** argv) {
  auto wanted = [&](const char* name) {
    return argc < 2 || std::strcmp(argv[1], name) == 0;
  };
  if (wanted("hop"))
    hop();
  if (wanted("deploy"))
    deploy();
  if (wanted("flat"))
    flat();
  return EXIT_SUCCESS;
}
