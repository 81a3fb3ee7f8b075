// A network under a budget of forward values, and what its training comes to.
#pragma once

#include <morph/morph.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <string>
#include <vector>

namespace morph::test {

/// A wide network in which much could be alive at once: branches of unlike
/// length from one value, dropout that must not run twice, and values that no
/// backward reads.
struct wide_net {
  graph g;
  expr x, loss;

  /// Pins the branches to hosts in turn, if there are any.
  explicit wide_net(size_t hosts = 0) {
    x = g.input("x", f32, {dyn, 16});
    auto trunk = tanh(dense(g, "trunk", x, 32, 1));
    std::vector<expr> ends;
    for (int k = 0; k < 6; ++k) {
      auto name = "branch" + std::to_string(k);
      auto h = dense(g, name, trunk, 32, 2 + k);
      if (hosts > 0)
        h.pin("a" + std::to_string(static_cast<size_t>(k) % hosts + 1));
      for (int i = 0; i <= k; ++i)
        h = i % 2 == 0 ? relu(h + 0.1) : tanh(h) * h;
      ends.push_back(exp(h * 0.01));
    }
    auto all = ends[0];
    for (size_t k = 1; k < ends.size(); ++k)
      all = all + ends[k];
    loss = mean(all * all);
  }
};

inline tensor wide_batch(int k, int64_t rows) {
  auto out = tensor::uninitialised(f32, {rows, 16});
  for (int64_t i = 0; i < out.elements(); ++i)
    out.mutable_data<float>()[i]
      = static_cast<float>((i * 5 + k * 3) % 13) / 13 - 0.5f;
  return out;
}

struct wide_outcome {
  parameter_map parameters;
  uint64_t highest = 0; ///< Peak of the host that held most.
};

/// Trains with a change of plan and a change of batch size on the way.
inline wide_outcome train_wide(runtime& rt, uint64_t budget, size_t hosts = 0) {
  wide_net n{hosts};
  session s{
    rt, n.g, minimise(n.loss, adam{.rate = 0.01}), {.forward_budget = budget}};
  for (int k = 0; k < 8; ++k)
    s.step({{n.x, wide_batch(k, 4)}});
  s.replan(true);
  for (int k = 8; k < 16; ++k)
    s.step({{n.x, wide_batch(k, k % 2 == 0 ? 4 : 8)}});
  s.finish();
  wide_outcome out;
  out.parameters = s.parameters();
  for (auto& h : s.report().hosts)
    out.highest = std::max(out.highest, h.forward_bytes_peak);
  return out;
}

/// The least budget, as the refusal of a hopeless one tells it.
inline uint64_t least_budget(runtime& rt, size_t hosts = 0) {
  wide_net n{hosts};
  std::string text;
  try {
    session s{
      rt, n.g, minimise(n.loss, adam{.rate = 0.01}), {.forward_budget = 64}};
    auto x = s.step({{n.x, wide_batch(0, 8)}}).wait();
    REQUIRE(!x);
    text = x.error().message;
  } catch (const failure& e) {
    text = e.value().message;
  }
  auto at = text.find("at least ");
  REQUIRE(at != std::string::npos);
  return std::stoull(text.substr(at + 9));
}

} // namespace morph::test
