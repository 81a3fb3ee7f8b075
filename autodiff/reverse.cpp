// Reverse mode: one sweep over the nodes in descending order.
#include <morph/autodiff/reach.hpp>
#include <morph/autodiff/rule.hpp>
#include <morph/autodiff/sweeps.hpp>
#include <morph/autodiff/user_backward.hpp>
#include <morph/graph/build.hpp>
#include <morph/graph/graph.hpp>

#include <algorithm>
#include <map>
#include <tuple>

namespace morph {

namespace {

using exprs = std::vector<expr>;

// Who gave a cotangent: an input of a consumer, or a seed, which counts as a
// consumer after all others.
struct contribution {
  uint16_t port;
  node_id consumer;
  uint32_t input;
  expr cotangent;

  auto order() const noexcept {
    return std::tuple{port, consumer, input};
  }
};

constexpr auto no_consumer = static_cast<node_id>(-1);

class reverse_pass {
public:
  reverse_pass(graph_data& g, const exprs& outputs, const exprs& inputs)
    : graph_(g), inputs_(inputs), reach_(g, inputs, outputs),
      open_(reach_.size()) {
    for (size_t i = 0; i < inputs.size(); ++i)
      wanted_.emplace(inputs[i].ref(), i);
    gradients_.resize(inputs.size());
  }

  exprs run(const exprs& outputs, const exprs& seeds) {
    for (size_t i = 0; i < outputs.size(); ++i)
      if (seeds[i] && reach_.is_live(outputs[i].ref()))
        give(outputs[i].ref(), no_consumer, static_cast<uint32_t>(i), seeds[i]);
    for (auto id = reach_.end(); id-- > reach_.first();)
      visit(graph_.nodes[id]);
    return std::move(gradients_);
  }

  static expr zero_gradient(const expr& x) {
    if (x.type().is_tensor())
      return zeros_like(x);
    error e{errc::not_differentiable,
            "the loss does not depend on this value, and its type has no zero"};
    throw failure{std::move(e.at(display_name(x.node()), x.node().where()))};
  }

private:
  void give(port_ref to, node_id consumer, uint32_t input, const expr& x) {
    open_[reach_.index(to.node)].push_back({to.port, consumer, input, x});
  }

  void visit(const graph_node& n) {
    auto given = std::move(open_[reach_.index(n.id)]);
    if (given.empty())
      return;
    std::sort(given.begin(), given.end(),
              [](auto& a, auto& b) { return a.order() < b.order(); });
    exprs cotangents(n.outputs.size());
    for (auto& x : given) {
      auto& total = cotangents[x.port];
      total = total ? add(n, total, x.cotangent) : x.cotangent;
    }
    for (uint16_t port = 0; port < n.outputs.size(); ++port)
      if (cotangents[port])
        collect({n.id, port}, cotangents[port]);
    if (reach_.passes_gradients(n.id))
      pass_on(n, cotangents);
  }

  void collect(port_ref port, const expr& cotangent) {
    auto [first, last] = wanted_.equal_range(port);
    for (auto i = first; i != last; ++i)
      gradients_[i->second] = cotangent;
  }

  expr add(const graph_node& n, const expr& a, const expr& b) {
    auto at = graph_.nodes.size();
    auto out = a.type().is_tensor() ? a + b : add_opaque(a, b);
    place_nodes(graph_, at, n);
    return out;
  }

  expr add_opaque(const expr& a, const expr& b) {
    graph_node sum;
    sum.kind = &builtin::user;
    sum.user = std::make_shared<value_sum>();
    sum.inputs = {a.ref(), b.ref()};
    sum.outputs = {a.type()};
    return append(std::move(sum));
  }

  expr append(graph_node x) {
    x.id = static_cast<node_id>(graph_.nodes.size());
    graph_.nodes.push_back(std::move(x));
    return {&graph_, {static_cast<node_id>(graph_.nodes.size() - 1), 0}};
  }

  void pass_on(const graph_node& n, const exprs& cotangents) {
    std::vector<bool> wants;
    for (auto& in : n.inputs)
      wants.push_back(reach_.is_live(in));
    auto gradients = n.user ? through_user_node(n, cotangents, wants)
                            : through_op(n, cotangents, wants);
    for (size_t i = 0; i < n.inputs.size(); ++i)
      if (wants[i] && gradients[i])
        give(n.inputs[i], n.id, static_cast<uint32_t>(i), gradients[i]);
  }

  exprs through_op(const graph_node& n, exprs cotangents,
                   const std::vector<bool>& wants) {
    exprs in;
    for (auto& x : n.inputs)
      in.emplace_back(&graph_, x);
    exprs out;
    for (uint16_t i = 0; i < n.outputs.size(); ++i) {
      out.emplace_back(&graph_, port_ref{n.id, i});
      if (!cotangents[i])
        cotangents[i] = zeros_like(out[i]);
    }
    return apply_vjp(graph_, n, in, out, cotangents, wants);
  }

  exprs through_user_node(const graph_node& n, const exprs& cotangents,
                          const std::vector<bool>& wants) {
    check_user_node(n);
    graph_node x;
    x.kind = &builtin::user;
    x.inputs = n.inputs;
    x.file = n.file;
    x.line = n.line;
    std::vector<bool> present;
    for (auto& c : cotangents) {
      present.push_back(static_cast<bool>(c));
      if (c)
        x.inputs.push_back(c.ref());
    }
    for (size_t i = 0; i < wants.size(); ++i)
      if (wants[i])
        x.outputs.push_back(graph_.type_of(n.inputs[i]));
    x.user = std::make_shared<user_backward>(*n.user, wants, present);
    auto node = append(std::move(x)).ref().node;
    exprs out(n.inputs.size());
    uint16_t port = 0;
    for (size_t i = 0; i < wants.size(); ++i)
      if (wants[i])
        out[i] = expr{&graph_, {node, port++}};
    return out;
  }

  static void check_user_node(const graph_node& n) {
    auto refuse = [&](const char* why, const char* fix) {
      error e{errc::not_differentiable, why};
      e.at(display_name(n), n.where());
      throw failure{std::move(e.remedy(fix))};
    };
    if (dynamic_cast<const user_backward*>(n.user.get()))
      refuse("the backward function of a user node has no derivative",
             "compose ops in forward instead of writing backward");
    if (!n.user->stateless())
      refuse(
        "forward changes the state of this node, which a backward node "
        "of its own would not see",
        "make forward const, or let the session run the backward pass");
  }

  graph_data& graph_;
  const exprs& inputs_;
  reach reach_;
  std::multimap<port_ref, size_t> wanted_;
  std::vector<std::vector<contribution>> open_; // By node.
  exprs gradients_;
};

} // namespace

std::vector<expr> sweep_reverse(graph_data& g, const std::vector<expr>& outputs,
                                const std::vector<expr>& inputs,
                                const std::vector<expr>& seeds) {
  auto out = sweep_cotangents(g, outputs, inputs, seeds);
  for (size_t i = 0; i < inputs.size(); ++i)
    if (!out[i])
      out[i] = reverse_pass::zero_gradient(inputs[i]);
  return out;
}

std::vector<expr> sweep_cotangents(graph_data& g,
                                   const std::vector<expr>& outputs,
                                   const std::vector<expr>& inputs,
                                   const std::vector<expr>& seeds) {
  return reverse_pass{g, outputs, inputs}.run(outputs, seeds);
}

} // namespace morph
