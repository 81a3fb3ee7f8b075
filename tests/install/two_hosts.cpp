// two_hosts --hosts=<address>,<address> --key-file=<file>: trains a node
// actor that is defined here on two host processes; exits with 0 if it ran
// there and the parameters are those of a run on the caller's thread, bit for
// bit.

#include "huber.hpp"

#include <morph/actors/config.hpp>
#include <morph/morph.hpp>

#include <caf/all.hpp>

#include <cstdlib>
#include <iostream>
#include <set>

namespace {

struct outcome {
  morph::parameter_map parameters;
  std::set<std::string> hosts;
  std::string host_of_node;
};

outcome train(std::unique_ptr<morph::runtime> rt, bool pinned) {
  morph::graph g;
  auto x = g.input("x", morph::f64, {5});
  auto t = g.input("t", morph::f64, {5});
  auto w = g.parameter("w", 0.0);
  auto b = g.parameter("b", 0.0);
  auto residual = x * w + b - t;
  auto robust = g.add(huber{.delta = 0.5}, residual).named("robust");
  if (pinned) {
    residual.pin("a");
    robust.pin("b");
  }
  auto s = morph::deploy(std::move(rt), g,
                         minimise(mean(robust), morph::adam{.rate = 0.05}));
  auto xs = morph::tensor::of<double>({5}, {0, 1, 2, 3, 4});
  auto ts = morph::tensor::of<double>({5}, {1, 3, 90, 7, 9});
  for (int i = 0; i < 500; ++i)
    s.step({{x, xs}, {t, ts}});
  s.finish();
  outcome out{s.parameters(), {}, {}};
  for (auto& n : s.report().nodes) {
    out.hosts.insert(n.host);
    if (n.name == "robust" && n.forward_runs > 0 && n.backward_runs > 0)
      out.host_of_node = n.host;
  }
  return out;
}

void run(caf::actor_system& sys, const morph::config& cfg) {
  auto there = train(cfg.runtime(sys), true);
  auto here = train(std::make_unique<morph::inline_runtime>(), false);
  auto same = there.parameters.size() == 2;
  for (auto& [name, value] : there.parameters) {
    std::cout << name << " = " << value.item() << '\n';
    same = same && value.bit_equal(here.parameters.at(name));
  }
  std::cout << "huber ran on " << there.host_of_node << '\n';
  if (!same || there.host_of_node != "b" || !there.hosts.contains("a"))
    throw std::runtime_error{"not as on the caller's thread"};
}

} // namespace

int main(int argc, char** argv) {
  try {
    morph::config cfg;
    if (cfg.parse(argc, argv))
      return 2;
    caf::actor_system sys{cfg};
    run(sys, cfg);
    return 0;
  } catch (const std::exception& x) {
    std::cerr << x.what() << '\n';
    return 1;
  }
}
