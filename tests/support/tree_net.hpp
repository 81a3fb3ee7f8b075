// A tree network in two forms: as a graph for each tree, and as blocks that a
// program calls for whatever tree it gets. Its trees are those of the braces of
// C++ sources.
#pragma once

#include <morph/autodiff/path/block.hpp>
#include <morph/graph/build.hpp>
#include <morph/graph/graph.hpp>

#include <algorithm>
#include <array>
#include <fstream>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace morph::test {

constexpr int64_t tree_width = 5;
constexpr int64_t tree_words = 7;

/// Binary; a leaf has no children.
struct tree {
  int word = 0;
  std::vector<tree> children; // none or two

  template <class F>
  friend bool inspect(F& f, tree& x) {
    return f(x.word, x.children);
  }
};

/// The blocks of a source file: what is between braces, joined from the left.
/// The word of a leaf tells how many statements it has.
inline std::vector<tree> trees_of(const std::string& path) {
  std::ifstream in{path};

  struct open_block {
    int statements = 0;
    std::vector<tree> inside;
  };

  std::vector<open_block> open;
  std::vector<tree> out;
  for (char c; in.get(c);) {
    if (c == ';' && !open.empty())
      ++open.back().statements;
    if (c == '{')
      open.emplace_back();
    if (c != '}' || open.empty())
      continue;
    auto x = std::move(open.back());
    open.pop_back();
    tree all;
    all.word = std::min<int>(x.statements, tree_words - 1);
    for (auto& y : x.inside) {
      tree joined;
      joined.children.push_back(std::move(all));
      joined.children.push_back(std::move(y));
      all = std::move(joined);
    }
    (open.empty() ? out : open.back().inside).push_back(std::move(all));
  }
  return out;
}

inline tree random_tree(std::mt19937& r, int depth) {
  tree out;
  out.word = static_cast<int>(r() % tree_words);
  if (depth > 0 && r() % 5 != 0) {
    out.children.push_back(random_tree(r, depth - 1));
    out.children.push_back(random_tree(r, depth - 1));
  }
  return out;
}

inline tensor random_tensor(std::mt19937& r, const shape& s) {
  auto out = tensor::uninitialised(f32, s);
  std::uniform_real_distribution<float> d{-1, 1};
  for (int64_t i = 0; i < out.elements(); ++i)
    out.mutable_data<float>()[i] = d(r);
  return out;
}

/// A leaf of a tree LSTM: the state h and the memory c.
inline std::array<expr, 2> leaf_cell(expr word, expr embedding, expr w,
                                     expr b) {
  auto x = reshape(gather(embedding, word, 0), {1, tree_width});
  auto z = matmul(x, w) + b;
  auto c = sigmoid(slice(z, {0, 0}, {1, tree_width}))
           * tanh(slice(z, {0, tree_width}, {1, 2 * tree_width}));
  return {tanh(c), c};
}

/// An inner node; the weights are read several times, as are the states.
inline std::array<expr, 2> inner_cell(expr hl, expr cl, expr hr, expr cr,
                                      expr w, expr b) {
  auto z = matmul(concat({hl, hr}, 1), w) + b;
  auto i = sigmoid(slice(z, {0, 0}, {1, tree_width}) + hl);
  auto u = tanh(slice(z, {0, tree_width}, {1, 2 * tree_width}) * hr);
  auto c = i * u + cl * sigmoid(hl) + cr * sigmoid(hr);
  return {sigmoid(hl + hr) * tanh(c), c};
}

inline expr score(expr h) {
  return mean(h * h);
}

struct tree_weights {
  tensor embedding, w_leaf, b_leaf, w_inner, b_inner;

  explicit tree_weights(unsigned seed) {
    std::mt19937 r{seed};
    embedding = random_tensor(r, {tree_words, tree_width});
    w_leaf = random_tensor(r, {tree_width, 2 * tree_width});
    b_leaf = random_tensor(r, {2 * tree_width});
    w_inner = random_tensor(r, {2 * tree_width, 2 * tree_width});
    b_inner = random_tensor(r, {2 * tree_width});
  }

  std::vector<tensor> all() const {
    return {embedding, w_leaf, b_leaf, w_inner, b_inner};
  }
};

inline tensor word_of(const tree& t) {
  return tensor::of<int64_t>({1}, {t.word});
}

/// The tree as a graph of its own.
struct unrolled_trees {
  graph g;
  std::vector<expr> weights;
  std::vector<std::pair<expr, value>> fed;

  explicit unrolled_trees(const tree_weights& p) {
    int n = 0;
    for (auto& x : p.all()) {
      weights.push_back(g.input("p" + std::to_string(n++), f32, x.shape()));
      fed.emplace_back(weights.back(), x);
    }
  }

  std::array<expr, 2> encode(const tree& t) {
    if (t.children.empty()) {
      auto word = g.input("word" + std::to_string(g.size()), i64, {1});
      fed.emplace_back(word, word_of(t));
      return leaf_cell(word, weights[0], weights[1], weights[2]);
    }
    auto l = encode(t.children[0]);
    auto r = encode(t.children[1]);
    return inner_cell(l[0], l[1], r[0], r[1], weights[3], weights[4]);
  }
};

/// The same as blocks that a program calls.
struct tree_blocks {
  block<decltype(&leaf_cell)> leaf{"leaf", leaf_cell};
  block<decltype(&inner_cell)> inner{"inner", inner_cell};
  block<decltype(&score)> end{"score", score};

  using weights = std::vector<traced>;

  std::array<traced, 2> leaf_of(const tree& t, const weights& w) const {
    return leaf(word_of(t), w[0], w[1], w[2]);
  }

  std::array<traced, 2> join(const std::array<traced, 2>& l,
                             const std::array<traced, 2>& r,
                             const weights& w) const {
    return inner(l[0], l[1], r[0], r[1], w[3], w[4]);
  }

  std::array<traced, 2> encode(const tree& t, const weights& w) const {
    if (t.children.empty())
      return leaf_of(t, w);
    auto l = encode(t.children[0], w);
    auto r = encode(t.children[1], w);
    return join(l, r, w);
  }
};

inline std::vector<traced> leaves_of(const tree_weights& p) {
  std::vector<traced> out;
  for (auto& x : p.all())
    out.push_back(traced::leaf(x));
  return out;
}

} // namespace morph::test
