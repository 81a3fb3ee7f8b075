#include "actors/support/local_cluster.hpp"
#include "actors/support/small_net.hpp"

#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/morph.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <csignal>
#include <limits>

using namespace morph;
using namespace morph::test;

TEST_CASE("one, two and three host processes train to the bits of inline") {
  inline_runtime here;
  auto with_sgd = train(here, sgd{.rate = 0.1, .momentum = 0.9}, 20);
  auto with_adam = train(here, adam{.rate = 0.01}, 20);
  for (size_t hosts : {1, 2, 3}) {
    local_cluster c{hosts};
    CHECK(same(with_sgd,
               train(c.runtime(), sgd{.rate = 0.1, .momentum = 0.9}, 20)));
    CHECK(same(with_adam, train(c.runtime(), adam{.rate = 0.01}, 20)));
  }
}

TEST_CASE("a graph cut at every edge in turn gives the same gradients") {
  local_cluster c{2};
  // A diamond, a node used twice by one consumer, an unused output, an output
  // that only a node without derivative uses, and two losses.
  auto build = [](size_t cut) {
    graph g;
    auto x = g.input("x", f64, {3});
    auto w = g.parameter("w", tensor::of<double>({3}, {0.5, -1, 2}));
    std::vector<expr> chain{x * w};
    chain.push_back(tanh(chain.back()));
    auto left = exp(chain.back());
    auto right = chain.back() * chain.back();
    chain.push_back(left);
    chain.push_back(right);
    chain.push_back(left + right);
    auto unused = sin(chain.back());
    auto index = argmax(chain.back(), 0);
    chain.push_back(chain.back() * 2.0);
    auto first = sum(chain.back());
    auto second = mean(chain.back() * w);
    chain.push_back(first);
    chain.push_back(second);
    for (size_t i = 0; i < chain.size(); ++i)
      chain[i].pin(i < cut ? "a1" : "a2");
    return std::tuple{g,      x,     w,           std::vector{first, second},
                      unused, index, chain.size()};
  };
  auto xs = tensor::of<double>({3}, {0.1, 0.2, -0.3});
  auto [g0, x0, w0, losses0, unused0, index0, n] = build(0);
  session here{g0, gradients_of(losses0, {x0, w0})};
  here.also({unused0, index0});
  auto expected = here.step({{x0, xs}}).get();
  for (size_t cut = 0; cut <= n; ++cut) {
    auto [g, x, w, losses, unused, index, m] = build(cut);
    session s{c.runtime(), g, gradients_of(losses, {x, w})};
    s.also({unused, index});
    auto out = s.step({{x, xs}}).get();
    CHECK(out.loss() == expected.loss());
    CHECK(out.gradient(x).bit_equal(expected.gradient(x0)));
    CHECK(out.gradient(w).bit_equal(expected.gradient(w0)));
    CHECK(out.at(unused).bit_equal(expected.at(unused0)));
    CHECK(out.at(index).bit_equal(expected.at(index0)));
  }
}

TEST_CASE("second derivatives across two processes equal the inline bits") {
  graph g;
  auto x = g.input("x", f64, {4});
  auto v = g.input("v", f64, {4});
  auto inner = (tanh(x) * x).pin("a1");
  auto loss = sum(exp(inner).pin("a2") * inner);
  auto first = grad(loss, x);
  auto product = hvp(loss, x, v);
  auto xs = tensor::of<double>({4}, {0.3, -0.2, 1.1, 0.7});
  auto vs = tensor::of<double>({4}, {1, -1, 0.5, 2});
  session here{g};
  auto [a, b] = here.run({{x, xs}, {v, vs}}, first, product);
  local_cluster c{2};
  session there{c.runtime(), g};
  auto [d, e] = there.run({{x, xs}, {v, vs}}, first, product);
  CHECK(a.bit_equal(d));
  CHECK(b.bit_equal(e));
}

TEST_CASE("every bit pattern crosses processes") {
  graph g;
  auto x = g.input("x", f64, {dyn});
  auto y = g.add_input("y", port_type{f32, {0, 3}});
  auto p = stop_gradient(x).pin("a1");
  auto q = stop_gradient(p).pin("a2");
  auto r = stop_gradient(y).pin("a2");
  using limits = std::numeric_limits<double>;
  auto xs = tensor::of<double>(
    {7}, {limits::infinity(), -limits::infinity(),
          std::bit_cast<double>(uint64_t{0x7ff80000deadbeef}), -0.0,
          limits::denorm_min(), limits::max(), -limits::denorm_min()});
  auto empty = tensor::zeros(f32, {0, 3});
  local_cluster c{2};
  session s{c.runtime(), g};
  auto [a, b] = s.run({{x, xs}, {y, empty}}, q, r);
  CHECK(a.bit_equal(xs));
  CHECK(b.bit_equal(empty));
}

TEST_CASE("a host that is killed fails the step and nothing else") {
  local_cluster c{2};
  net n;
  session s{c.runtime(), n.g, minimise(n.loss, sgd{.rate = 0.1})};
  s.step({{n.x, batch_x(0)}, {n.t, batch_t(0)}}).get();
  c.host(0).signal(SIGKILL);
  c.host(1).signal(SIGKILL);
  auto lost = false;
  auto deadline = now_ns() + 5'000'000'000;
  while (!lost && now_ns() < deadline) {
    auto outcome = s.step({{n.x, batch_x(1)}, {n.t, batch_t(1)}}).wait();
    lost = !outcome && outcome.error().code == errc::host_lost;
  }
  CHECK(lost);
  CHECK(s.parameters().size() == 6);
}
