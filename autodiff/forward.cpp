// Forward mode: one sweep over the nodes in ascending order.
#include <morph/autodiff/reach.hpp>
#include <morph/autodiff/rule.hpp>
#include <morph/autodiff/sweeps.hpp>
#include <morph/graph/build.hpp>
#include <morph/graph/graph.hpp>

#include <algorithm>
#include <map>

namespace morph {

namespace {

using exprs = std::vector<expr>;

class forward_pass {
public:
  forward_pass(graph_data& g, const exprs& outputs, const exprs& inputs)
    : graph_(g), reach_(g, inputs, outputs), tangents_(reach_.size()) {
    // nop
  }

  exprs run(const exprs& outputs, const exprs& inputs, const exprs& given) {
    std::multimap<port_ref, expr> moves;
    for (size_t i = 0; i < inputs.size(); ++i)
      if (given[i])
        moves.emplace(inputs[i].ref(), given[i]);
    for (auto id = reach_.first(); id < reach_.end(); ++id)
      if (reach_.is_needed(id))
        visit(graph_.nodes[id], moves);
    exprs out;
    for (auto& x : outputs) {
      auto tangent = find(x.ref());
      out.push_back(tangent ? tangent : zero(x));
    }
    return out;
  }

private:
  void visit(const graph_node& n, const std::multimap<port_ref, expr>& moves) {
    auto& mine = tangents_[reach_.index(n.id)];
    if (reach_.passes_gradients(n.id))
      mine = through(n);
    // A port that depends on another input moves by both tangents.
    for (uint16_t port = 0; port < n.outputs.size(); ++port) {
      auto [first, last] = moves.equal_range({n.id, port});
      for (auto i = first; i != last; ++i) {
        mine.resize(n.outputs.size());
        mine[port] = mine[port] ? mine[port] + i->second : i->second;
      }
    }
  }

  exprs through(const graph_node& n) {
    exprs tangents;
    for (auto& x : n.inputs)
      tangents.push_back(find(x));
    auto moving = [](const expr& x) { return static_cast<bool>(x); };
    if (std::none_of(tangents.begin(), tangents.end(), moving))
      return {};
    if (n.user) {
      error e{errc::not_differentiable,
              "a user node with a backward function has no forward mode"};
      e.at(display_name(n), n.where());
      throw failure{std::move(
        e.remedy("compose ops in forward instead of writing backward"))};
    }
    exprs in;
    for (auto& x : n.inputs)
      in.emplace_back(&graph_, x);
    exprs out;
    for (uint16_t i = 0; i < n.outputs.size(); ++i)
      out.emplace_back(&graph_, port_ref{n.id, i});
    return apply_jvp(graph_, n, in, out, tangents);
  }

  expr find(port_ref x) const {
    if (x.node < reach_.first() || x.node >= reach_.end())
      return {};
    auto& xs = tangents_[reach_.index(x.node)];
    return x.port < xs.size() ? xs[x.port] : expr{};
  }

  static expr zero(const expr& x) {
    if (x.type().is_tensor())
      return zeros_like(x);
    error e{errc::not_differentiable,
            "this value does not depend on the inputs, and its type has no "
            "zero"};
    throw failure{std::move(e.at(display_name(x.node()), x.node().where()))};
  }

  graph_data& graph_;
  reach reach_;
  std::vector<exprs> tangents_; // By node; empty means zero.
};

} // namespace

std::vector<expr> sweep_forward(graph_data& g, const std::vector<expr>& outputs,
                                const std::vector<expr>& inputs,
                                const std::vector<expr>& tangents) {
  return forward_pass{g, outputs, inputs}.run(outputs, inputs, tangents);
}

} // namespace morph
