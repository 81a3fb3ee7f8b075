#include "sample_graphs.hpp"

#include <morph/graph/build.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <bit>
#include <random>
#include <stdexcept>

using namespace morph;

tensor sample_scale::forward(const tensor& x) const {
  return x;
}

tensor sample_bound::forward(const tensor& x) const {
  return x;
}

std::tuple<tensor, std::string> sample_pair::forward(const tensor& x) const {
  return {x, "text"};
}

bool same_graph(const graph& a, const graph& b) {
  if (a.size() != b.size() || a.outputs() != b.outputs()
      || a.data()->names != b.data()->names)
    return false;
  for (node_id id = 0; id < a.size(); ++id) {
    auto& x = a[id];
    auto& y = b[id];
    if (x.id != y.id || x.kind != y.kind || x.name != y.name
        || x.inputs != y.inputs || !(x.attrs == y.attrs)
        || x.outputs != y.outputs || !(x.hint == y.hint)
        || std::string_view{x.file} != y.file || x.line != y.line
        || !x.user != !y.user)
      return false;
    if (!x.user)
      continue;
    byte_writer s;
    byte_writer t;
    if (x.user->type_name() != y.user->type_name() || !x.user->save(s)
        || !y.user->save(t) || s.bytes() != t.bytes())
      return false;
  }
  return true;
}

namespace {

class random_builder {
public:
  random_builder(uint64_t seed) : random_(seed) {
    // nop
  }

  graph run(size_t nodes) {
    pool_.push_back(graph_.input("x", f32, {3, 4}));
    while (graph_.size() < nodes)
      decorate(next());
    for (uint64_t i = 0; i < 3; ++i)
      graph_.output("out \"" + std::to_string(i) + "\"\n", pick());
    return graph_;
  }

private:
  uint64_t below(uint64_t n) {
    return random_() % n;
  }

  /// Any f32[3, 4].
  expr pick() {
    return pool_[below(pool_.size())];
  }

  tensor any_tensor() {
    constexpr dtype types[] = {f32, f64, i32, i64, u8, boolean};
    shape s;
    for (auto rank = below(4); rank > 0; --rank)
      s.push_back(static_cast<int64_t>(below(6)));
    auto t = types[below(std::size(types))];
    auto x = tensor::uninitialised(t, s);
    auto same = below(3) == 0;
    auto first = random_();
    for (size_t i = 0; i < x.size_bytes(); ++i) {
      auto byte = same ? first >> (8 * (i % size_of(t))) : random_();
      x.mutable_bytes()[i]
        = static_cast<std::byte>(t == boolean ? byte & 1 : byte & 0xff);
    }
    return x;
  }

  attribute any_attribute() {
    constexpr dtype types[] = {f32, f64, i32, i64, u8, boolean};
    switch (below(8)) {
      case 0:
        return below(2) == 0;
      case 1:
        return static_cast<int64_t>(random_());
      case 2:
        return std::bit_cast<double>(random_()); // NaN with payload, too.
      case 3:
        return static_cast<double>(below(100));
      case 4: {
        std::string text;
        for (auto n = below(8); n > 0; --n)
          text += static_cast<char>(below(256));
        return text;
      }
      case 5: {
        std::vector<int64_t> xs(below(4));
        for (auto& x : xs)
          x = static_cast<int64_t>(random_());
        return xs;
      }
      case 6:
        return types[below(std::size(types))];
      default:
        return below(8) == 0 ? tensor{} : any_tensor();
    }
  }

  expr next() {
    auto keep = [this](expr x) {
      pool_.push_back(x);
      return x;
    };
    switch (below(10)) {
      case 0:
        return keep(pick() + pick());
      case 1:
        return keep(pick() * pick());
      case 2:
        return keep(relu(pick()));
      case 3:
        return keep(matmul(pick(), graph_.constant(small(4, 4))));
      case 4:
        return keep(transpose(reshape(pick(), {4, 3})));
      case 5:
        return keep(pick() - sum(pick(), {1}, true));
      case 6:
        return graph_.parameter("p" + std::to_string(graph_.size()),
                                any_tensor());
      case 7:
        return graph_.constant(any_tensor());
      case 8: {
        sample_scale x;
        x.factor = std::bit_cast<double>(random_());
        return keep(graph_.add(std::move(x), pick()));
      }
      default:
        return graph_.add(sample_pair{}, pick());
    }
  }

  tensor small(int64_t rows, int64_t columns) {
    auto x = tensor::uninitialised(f32, {rows, columns});
    for (int64_t i = 0; i < x.elements(); ++i)
      x.mutable_data<float>()[i] = static_cast<float>(below(5)) - 2;
    return x;
  }

  void decorate(const expr& x) {
    auto& n = graph_.data()->nodes[x.ref().node];
    if (n.name.empty() && below(4) == 0)
      x.named("odd \"name\"\\ " + std::to_string(n.id)
              + static_cast<char>(below(256)));
    if (below(5) == 0)
      x.pin("host \"a\"");
    if (below(5) == 0)
      x.keep_local();
    if (below(5) == 0)
      x.cache(below(2) == 0 ? cache_hint::cache : cache_hint::no_cache);
    if (below(4) == 0)
      n.file = intern_file(below(2) == 0 ? "dir/m.cpp" : "odd file:\"1\".cpp");
    if (n.is(builtin::constant))
      for (auto k = below(4); k > 0; --k)
        n.attrs.set(below(2) == 0 ? "a" + std::to_string(k) : "odd name =",
                    any_attribute());
  }

  std::mt19937_64 random_;
  graph graph_;
  std::vector<expr> pool_;
};

} // namespace

graph random_graph(uint64_t seed, size_t nodes) {
  return random_builder{seed}.run(nodes);
}

std::map<port_ref, tensor> interpret(
  const graph& g, const std::map<std::string, tensor>& inputs) {
  std::map<port_ref, tensor> out;
  for (node_id id = 0; id < g.size(); ++id) {
    auto& n = g[id];
    if (n.is(builtin::input))
      out[{id, 0}] = inputs.at(n.name);
    else if (n.is(builtin::parameter))
      out[{id, 0}] = n.attrs.get<tensor>("init");
    else if (n.is(builtin::constant))
      out[{id, 0}] = n.attrs.get<tensor>("value");
    if (!n.kind->run)
      continue;
    std::vector<value> in;
    for (auto x : n.inputs)
      in.push_back(out.at(x));
    std::vector<value> results(n.outputs.size());
    if (auto ok = n.kind->run(in, results, n.attrs); !ok)
      throw failure{ok.error()};
    for (uint16_t port = 0; port < results.size(); ++port)
      out[{id, port}] = tensor::from(results[port]);
  }
  return out;
}

TEST_CASE("equal seeds give equal sample graphs, others differ") {
  CHECK(same_graph(random_graph(1, 40), random_graph(1, 40)));
  CHECK_FALSE(same_graph(random_graph(1, 40), random_graph(2, 40)));
}
