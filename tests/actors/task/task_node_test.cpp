// Nodes that decide as they run: a tree network over the blocks of source
// files, on every runtime, against the graph of each tree.
#include "actors/support/local_cluster.hpp"
#include "support/tree_net.hpp"

#include <morph/actors/runtime/actor_runtime.hpp>
#include <morph/actors/task/task_node.hpp>
#include <morph/actors/task/tasks.hpp>
#include <morph/morph.hpp>

#include <catch2/catch.hpp>

#include <memory>

using namespace morph;
using namespace morph::test;

namespace {

struct file_trees {
  std::vector<tree> trees;

  template <class F>
  friend bool inspect(F& f, file_trees& x) {
    return f(x.trees);
  }
};

struct network : tree_blocks {
  block<expr (*)(expr, expr)> plus{"plus",
                                   [](expr a, expr b) { return a + b; }};
};

using network_ptr = std::shared_ptr<const network>;
using state = std::array<traced, 2>;

task<state> encode(context& self, network_ptr n, tree t,
                   std::vector<traced> weights) {
  if (t.children.empty())
    co_return n->leaf_of(t, weights);
  auto left = self.branch(encode, n, t.children[0], weights);
  auto right = self.branch(encode, n, t.children[1], weights, spread);
  auto l = co_await left;
  auto r = co_await right;
  co_return n->join(l, r, weights);
}

/// The sum of the scores of all trees.
struct score_trees : task_node<score_trees> {
  network_ptr net = std::make_shared<network>();

  task<traced> run(context& self, file_trees b, traced embedding, traced w_leaf,
                   traced b_leaf, traced w_inner, traced b_inner) const {
    std::vector<traced> weights{embedding, w_leaf, b_leaf, w_inner, b_inner};
    scope s{self, at_most(3)};
    for (auto& t : b.trees)
      s.branch(encode, net, t, weights);
    traced sum;
    std::vector<state> states = co_await s.all();
    for (auto& x : states) {
      auto y = net->end(x[0]);
      sum = sum ? net->plus(sum, y) : y;
    }
    co_return sum;
  }

  static port_type output_type(const port_type&, const port_type&,
                               const port_type&, const port_type&,
                               const port_type&, const port_type&) {
    return {f32, {}};
  }

  template <class F>
  friend bool inspect(F& f, score_trees& x) {
    return f.object(x).fields();
  }
};

/// Takes one of two ways, and one of its inputs only.
struct choose : task_node<choose> {
  task<traced> run(context& self, tensor which, traced a, traced b) const {
    static const block twice{"twice", [](expr x) { return x * 2.0; }};
    co_await self.yield();
    co_return which.item() > 0 ? twice(a) : b;
  }

  static port_type output_type(const port_type&, const port_type& a,
                               const port_type&) {
    return a;
  }
};

struct picky : task_node<picky> {
  task<traced> run(context& self, traced x) const {
    auto inner = self.branch(
      [](traced y) -> traced {
        if (y.item() > 1)
          throw std::runtime_error{"more than one"};
        return y;
      },
      x);
    co_return co_await inner;
  }
};

// The host processes of these tests are this program.
[[maybe_unused]] const bool known
  = (register_node<score_trees>(), register_node<choose>(),
     register_node<picky>(), true);

/// Trees of unlike shapes, from our own sources.
std::vector<file_trees> batches() {
  std::vector<file_trees> out;
  for (auto* file : {"graph/shape.hpp", "graph/random.cpp", "graph/dtype.cpp",
                     "actors/machine/outlet.hpp"}) {
    file_trees b;
    b.trees = trees_of(std::string{MORPH_SOURCE_DIR} + "/" + file);
    REQUIRE_FALSE(b.trees.empty());
    out.push_back(std::move(b));
  }
  return out;
}

const char* const weight_names[]
  = {"embedding", "w_leaf", "b_leaf", "w_inner", "b_inner"};

struct model {
  graph g;
  expr trees, loss;
  std::vector<expr> weights;

  model() {
    trees = g.input<file_trees>("trees");
    auto init = tree_weights{3}.all();
    for (size_t i = 0; i < init.size(); ++i)
      weights.push_back(g.parameter(weight_names[i], init[i]));
    auto& w = weights;
    loss = g.add_located(std::source_location::current(), score_trees{},
                         operand{trees}, operand{w[0]}, operand{w[1]},
                         operand{w[2]}, operand{w[3]}, operand{w[4]});
  }
};

parameter_map train_trees(runtime& rt) {
  model m;
  session s{rt, m.g, minimise(m.loss, adam{.rate = 0.01})};
  for (int epoch = 0; epoch < 3; ++epoch)
    for (auto& b : batches())
      s.step({{m.trees, make_value<file_trees>(b)}});
  s.finish();
  return s.parameters();
}

bool same(const parameter_map& a, const parameter_map& b) {
  return a.size() == b.size() && std::all_of(a.begin(), a.end(), [&](auto& x) {
           auto i = b.find(x.first);
           return i != b.end() && i->second.bit_equal(x.second);
         });
}

} // namespace

TEST_CASE("a task node has the gradients of the unrolled graph", "[task]") {
  model m;
  session dynamic{m.g, gradients_of({m.loss}, m.weights)};
  tree_weights p{3};
  for (auto& b : batches()) {
    unrolled_trees fixed{p};
    expr loss;
    for (auto& t : b.trees) {
      auto y = score(fixed.encode(t)[0]);
      loss = loss ? loss + y : y;
    }
    session unrolled{fixed.g, gradients_of({loss}, fixed.weights)};
    feeds fed;
    for (auto& [x, v] : fixed.fed)
      fed.emplace_back(x, v);
    auto expected = unrolled.step(fed).get();
    auto found = dynamic.step({{m.trees, make_value<file_trees>(b)}}).get();
    CHECK(found.loss() == expected.loss());
    for (size_t i = 0; i < m.weights.size(); ++i) {
      INFO(weight_names[i]);
      CHECK(found.gradient(m.weights[i])
              .bit_equal(expected.gradient(fixed.weights[i])));
    }
  }
}

TEST_CASE("task nodes train to the same bits on every runtime", "[task]") {
  inline_runtime here;
  auto expected = train_trees(here);
  CHECK_FALSE(expected.at("w_inner").bit_equal(tree_weights{3}.w_inner));
  for (size_t workers : {1, 2}) {
    thread_runtime threads{workers};
    CHECK(same(train_trees(threads), expected));
  }
  for (size_t hosts : {1, 2}) {
    local_cluster c{hosts};
    CHECK(same(train_trees(c.runtime()), expected));
  }
}

TEST_CASE("the way that was not taken gets no gradient", "[task]") {
  graph g;
  auto which = g.input("which", f64);
  auto a = g.input("a", f64);
  auto b = g.input("b", f64);
  auto y = g.add(choose{}, which, a, b);
  session s{g, gradients_of({y}, {a, b})};
  auto left = s.step({{which, 1.0}, {a, 3.0}, {b, 4.0}}).get();
  CHECK(left.loss() == 6);
  CHECK(left.gradient(a).item() == 2);
  CHECK_FALSE(left.gradient(b));
  auto right = s.step({{which, -1.0}, {a, 3.0}, {b, 4.0}}).get();
  CHECK(right.loss() == 4);
  CHECK_FALSE(right.gradient(a));
  CHECK(right.gradient(b).item() == 1);
}

TEST_CASE("a task node whose task fails fails its step alone", "[task]") {
  for (auto threads : {false, true}) {
    inline_runtime here;
    thread_runtime there{2};
    graph g;
    auto x = g.input("x", f64);
    auto y = g.add(picky{}, x).named("picky");
    session s{threads ? static_cast<runtime&>(there) : here, g};
    s.also({y});
    CHECK(s.run({{x, 1.0}}, y).item() == 1);
    auto bad = s.submit({{x, 2.0}}, false).wait();
    REQUIRE_FALSE(bad);
    CHECK(bad.error().node == "picky");
    CHECK_THAT(bad.error().message, Catch::Contains("more than one"));
    CHECK_THAT(bad.error().message, Catch::Contains("task_node_test.cpp:"));
    CHECK(s.run({{x, 0.5}}, y).item() == 0.5);
  }
}
