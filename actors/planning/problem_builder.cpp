#include <morph/actors/planning/problem_builder.hpp>
#include <morph/autodiff/node_backward.hpp>

#include <algorithm>

namespace morph {

namespace {

/// What passing a message inside a host costs its worker.
constexpr double hop_seconds = 4e-7;

std::vector<port_type> input_types(const graph& g, const graph_node& n) {
  std::vector<port_type> out;
  for (auto& in : n.inputs)
    out.push_back(g.type_of(in));
  return out;
}

std::string kind_of(const graph_node& n) {
  return n.user ? std::string{n.user->type_name()} : std::string{n.kind->name};
}

result<placement::index> find_host(const graph_node& n,
                                   const std::vector<host_facts>& hosts) {
  std::vector<std::string> names;
  for (size_t h = 0; h < hosts.size(); ++h) {
    if (hosts[h].name == n.hint.pin)
      return static_cast<placement::index>(h);
    names.push_back(hosts[h].name);
  }
  std::string all;
  for (auto& x : names)
    all += (all.empty() ? "" : ", ") + x;
  auto e
    = error{errc::unknown_host,
            "the node is pinned to '" + n.hint.pin + "'; the hosts are " + all
              + "; the nearest is '" + nearest(n.hint.pin, names) + "'"};
  return fail(e.at(display_name(n), n.where()));
}

/// What a node's backward reads of the forward pass.
struct backward_reads {
  std::vector<bool> inputs;
  bool outputs = false;
};

backward_reads reads_of(const graph& g, const wiring& wires,
                        const graph_node& n) {
  auto ins = wires.inputs(n.id);
  backward_reads out{std::vector<bool>(ins.size(), false), false};
  if (!wires.differentiates(n))
    return out;
  if (n.user) {
    out.inputs.assign(ins.size(), true);
    return out;
  }
  auto wants = std::make_unique<bool[]>(ins.size());
  for (size_t i = 0; i < ins.size(); ++i)
    wants[i] = ins[i].answers;
  auto rule = make_node_rule(n, input_types(g, n), {wants.get(), ins.size()});
  if (!rule)
    return out; // the step will tell
  for (size_t i = 0; i < ins.size(); ++i)
    out.inputs[i] = (*rule)->input_use(i) == rule_use::elements;
  for (size_t i = 0; i < n.outputs.size(); ++i)
    out.outputs = out.outputs || (*rule)->output_use(i) == rule_use::elements;
  return out;
}

bool knows(const host_facts& h, const graph_node& n) {
  if (!n.user || h.is_driver)
    return true;
  return n.user->movable()
         && std::find(h.node_types.begin(), h.node_types.end(),
                      n.user->type_name())
              != h.node_types.end();
}

} // namespace

double port_bytes(const port_type& t, int64_t extent) {
  if (!t.is_tensor())
    return 256; // unknown until it is measured
  double n = static_cast<double>(size_of(t.type()));
  for (auto x : t.shape())
    n *= static_cast<double>(x == dyn ? extent : x);
  return n;
}

placement::op_work forward_work(const graph& g, const graph_node& n,
                                int64_t extent) {
  auto cost
    = estimate_cost(*n.kind, input_types(g, n), n.outputs, n.attrs, extent);
  return {n.user ? n.user->type_name() : n.kind->name, cost.flops, cost.bytes};
}

placement::op_work backward_work(const graph& g, const graph_node& n,
                                 int64_t extent) {
  static const std::string prefix = "backward of ";
  auto x = forward_work(g, n, extent);
  // The name must outlive the view: one copy per kind.
  x.kind = intern_file(prefix + kind_of(n));
  x.flops *= 2;
  x.bytes *= 2;
  return x;
}

result<planning_problem> build_problem(const deployment& plan,
                                       const wiring& wires, int64_t extent,
                                       const std::vector<host_facts>& hosts,
                                       const placement::op_costs& costs,
                                       std::vector<placement::link> links,
                                       outlook view) {
  auto seconds = [&](const placement::op_work& work, placement::index host) {
    auto x = costs.expect(work, host);
    return view == outlook::median ? x.median_seconds : x.p90_seconds;
  };
  planning_problem out;
  auto& p = out.problem;
  auto& net = plan.net;
  out.index_of.assign(net.size(), placement::none);
  for (auto& h : hosts)
    p.hosts.push_back({h.name, h.workers, h.forward_budget, hop_seconds, true});
  p.links = std::move(links);
  p.training = plan.has_backward();
  p.commit_round_trips = plan.trains() ? 1 : 0;
  // Only a budget asks what is kept: the rules of all nodes are looked at.
  auto budgeted = std::any_of(hosts.begin(), hosts.end(), [](auto& h) {
    return h.forward_budget < placement::infinity;
  });
  std::vector<std::vector<bool>> inputs_read;
  for (auto& n : net.data()->nodes) {
    if (!runs_somewhere(n))
      continue;
    out.index_of[n.id] = static_cast<placement::index>(out.node_of.size());
    out.node_of.push_back(n.id);
    placement::node x;
    x.name = display_name(n);
    x.keep_local = n.hint.keep_local;
    x.parameter = wires.trained(n.id);
    x.recomputable = !n.is(builtin::parameter) && !n.inputs.empty()
                     && wires.differentiates(n)
                     && (!n.user || n.user->stateless());
    x.reads_outputs = false;
    if (budgeted) {
      auto read = reads_of(net, wires, n);
      x.reads_outputs = read.outputs;
      inputs_read.push_back(std::move(read.inputs));
    }
    if (!n.hint.pin.empty()) {
      auto h = find_host(n, hosts);
      if (!h)
        return fail(std::move(h.error()));
      x.pinned = *h;
    }
    if (n.is(builtin::parameter))
      x.state_bytes = port_bytes(n.outputs[0], extent)
                      * static_cast<double>(1 + plan.update.state_size());
    else
      for (auto& t : n.outputs)
        x.value_bytes += port_bytes(t, extent);
    auto elsewhere = std::any_of(hosts.begin(), hosts.end(), [&](auto& h) {
      return h.takes_nodes && knows(h, n);
    });
    auto forward = forward_work(net, n, extent);
    auto backward = backward_work(net, n, extent);
    for (size_t h = 0; h < hosts.size(); ++h) {
      auto i = static_cast<placement::index>(h);
      auto pinned_here = x.pinned == i;
      auto runs = knows(hosts[h], n)
                  && (hosts[h].takes_nodes || !elsewhere || pinned_here);
      p.forward_seconds.push_back(runs ? seconds(forward, i)
                                       : placement::infinity);
      p.backward_seconds.push_back(runs ? seconds(backward, i)
                                        : placement::infinity);
    }
    p.nodes.push_back(std::move(x));
  }
  auto answer_bytes = [&](bool answers, const port_type& t) {
    return answers ? port_bytes(t, extent) : placement::no_message;
  };
  for (size_t k = 0; k < out.node_of.size(); ++k) {
    auto to = static_cast<placement::index>(k);
    auto ins = wires.inputs(out.node_of[k]);
    for (size_t i = 0; i < ins.size(); ++i) {
      auto& e = ins[i];
      auto& t = net.type_of(e.from);
      if (e.bound)
        continue;
      if (auto from = out.index_of[e.from.node]; from != placement::none)
        p.edges.push_back({from, to, port_bytes(t, extent),
                           answer_bytes(e.answers, t),
                           budgeted && inputs_read[k][i]});
      else
        p.feeds.push_back(
          {to, port_bytes(t, extent), answer_bytes(e.answers, t)});
    }
  }
  for (auto& r : plan.results)
    if (auto from = out.index_of[r.node]; from != placement::none) {
      auto& t = net.type_of(r);
      p.results.push_back(
        {from, port_bytes(t, extent),
         wires.needs_gradient(r) ? 8 : placement::no_message});
    }
  for (size_t h = 0; h < hosts.size(); ++h)
    if (hosts[h].is_driver)
      p.driver = static_cast<placement::index>(h);
  return out;
}

arrangement arrange(size_t nodes, const planning_problem& p,
                    const std::vector<placement::index>& hosts,
                    const placement::remat_plan& memory) {
  arrangement out;
  auto budgeted
    = std::any_of(p.problem.hosts.begin(), p.problem.hosts.end(),
                  [](auto& h) { return h.memory_bytes < placement::infinity; });
  if (budgeted)
    out.memory = memory.in_order ? memory_rule::in_order : memory_rule::counted;
  out.host_of.assign(nodes, 0);
  auto any = std::any_of(memory.recompute.begin(), memory.recompute.end(),
                         [](char x) { return x != 0; });
  if (any)
    out.recompute.assign(nodes, false);
  for (size_t k = 0; k < p.node_of.size(); ++k) {
    out.host_of[p.node_of[k]] = static_cast<uint16_t>(hosts[k]);
    if (any)
      out.recompute[p.node_of[k]] = memory.recompute[k] != 0;
  }
  return out;
}

} // namespace morph
