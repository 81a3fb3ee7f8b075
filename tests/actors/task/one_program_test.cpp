// One program with a recursion, a bounded map, a race and a gradient: the same
// bits on every runtime. The conformance suite does the rest, part by part.
#include "actors/task/programs.hpp"

#include <morph/autodiff/path/block.hpp>
#include <morph/autodiff/path/gradients.hpp>
#include <morph/morph.hpp>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

struct blocks {
  block<expr (*)(expr, expr)> leaf{"leaf",
                                   [](expr x, expr w) { return tanh(x * w); }};
  block<expr (*)(expr, expr)> join{"join", [](expr a, expr b) {
                                     return tanh(a + 0.5 * b);
                                   }};
};

using blocks_ptr = std::shared_ptr<const blocks>;

/// A recursion over the numbers of a range, halved until one is left.
task<traced> encode(context& self, blocks_ptr net, std::vector<double> xs,
                    traced w) {
  if (xs.size() == 1)
    co_return net->leaf(traced{xs[0]}, w);
  auto half = xs.begin() + static_cast<std::ptrdiff_t>(xs.size() / 2);
  auto a = self.branch(encode, net, std::vector(xs.begin(), half), w);
  auto b = self.branch(encode, net, std::vector(half, xs.end()), w, spread);
  auto left = co_await a;
  auto right = co_await b;
  co_return net->join(left, right);
}

/// Of some size, after some time: later ones are done first.
task<std::vector<double>> load(context& self, int k) {
  co_await self.sleep_for(std::chrono::milliseconds{5 - k % 5});
  std::vector<double> out;
  for (int i = 0; i <= k; ++i)
    out.push_back(0.1 * (i - k) + 0.01 * k);
  co_return out;
}

task<std::string> mirror(context& self, std::string name, int64_t ms) {
  co_await self.sleep_for(std::chrono::milliseconds{ms});
  co_return name;
}

struct outcome {
  std::string fastest;
  double loss = 0;
  double slope = 0;

  bool operator==(const outcome&) const = default;
};

task<outcome> all_of_it(context& self) {
  auto net = std::make_shared<const blocks>();
  auto w = traced::leaf(tensor{0.7});
  auto near = [](context& c) { return mirror(c, "near", 1); };
  auto far = [](context& c) { return mirror(c, "far", 60'000); };
  outcome out;
  out.fastest = co_await race(self, far, near);
  scope s{self, at_most(3)};
  for (int k = 0; k < 9; ++k)
    s.branch(load, k);
  traced loss;
  std::vector<std::vector<double>> all = co_await s.all();
  for (auto& xs : all) {
    auto x = co_await self.branch(encode, net, xs, w);
    loss = loss ? net->join(loss, x) : x;
  }
  out.loss = loss.item();
  out.slope = gradients(loss, {w})[0].item();
  co_return out;
}

} // namespace

TEST_CASE("a recursion, a map, a race and a gradient are the same everywhere",
          "[task]") {
  inline_tasks here;
  auto expected = run(here, all_of_it);
  CHECK(expected.fastest == "near");
  CHECK(expected.slope != 0);
  everywhere([&](auto& rt) { CHECK(run(rt, all_of_it) == expected); });
}
