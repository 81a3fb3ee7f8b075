#include "actors/support/local_cluster.hpp"

#include <morph/morph.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using namespace morph::test;

namespace {

struct powers {
  double first = 0, second = 0;

  friend powers add(powers a, powers b) {
    return {a.first + b.first, a.second + b.second};
  }

  template <class F>
  friend bool inspect(F& f, powers& x) {
    return f(x.first, x.second);
  }
};

struct expand : node<expand> {
  powers forward(const tensor& x) const {
    return {x.item(), x.item() * x.item()};
  }

  tensor backward(const tensor& x, const powers& d) const {
    return tensor{d.first + 2 * x.item() * d.second};
  }
};

struct line : node<line> {
  double a = 0, b = 0;

  tensor forward(const powers& x) const {
    return tensor{a * x.first + b * x.second};
  }

  powers backward(const powers&, const tensor& dy) const {
    return {a * dy.item(), b * dy.item()};
  }

  static port_type output_type(const port_type&) {
    return {f64, {}};
  }

  template <class F>
  friend bool inspect(F& f, line& x) {
    return f(x.a, x.b);
  }
};

// The host processes of these tests are this program.
[[maybe_unused]] const bool known
  = (register_node<expand>(), register_node<line>(), true);

line make_line(double a, double b) {
  line out;
  out.a = a;
  out.b = b;
  return out;
}

parameter_map train(runtime& rt, const std::vector<std::string>& hosts) {
  graph g;
  auto w = g.parameter("w", tensor{0.3});
  auto p = g.add(expand{}, w);
  auto left = g.add(make_line(1, 0.5), p);
  auto right = g.add(make_line(-2, 0.25), p);
  auto loss = square(left + right - 1.0);
  if (!hosts.empty()) {
    p.pin(hosts[0]);
    left.pin(hosts[1]);
    right.pin(hosts[2]);
  }
  session s{rt, g, minimise(loss, adam{.rate = 0.01})};
  for (int i = 0; i < 30; ++i)
    s.step({});
  s.finish();
  if (!hosts.empty())
    for (auto& n : s.report().nodes) {
      auto on = [&](const expr& x, const std::string& host) {
        return n.node != x.ref().node || n.host == host;
      };
      CHECK((on(p, hosts[0]) && on(left, hosts[1]) && on(right, hosts[2])));
    }
  return s.parameters();
}

} // namespace

TEST_CASE("user nodes and user structs on hosts train to the bits of inline") {
  inline_runtime here;
  auto expected = train(here, {}).at("w");
  CHECK(expected.item() != 0.3);
  local_cluster c{2};
  for (auto& hosts : std::vector<std::vector<std::string>>{
         {"a1", "a2", "a1"}, {"a1", "a2", "a2"}, {"a2", "a2", "a1"}}) {
    INFO(hosts[0] << hosts[1] << hosts[2]);
    CHECK(train(c.runtime(), hosts).at("w").bit_equal(expected));
  }
}
