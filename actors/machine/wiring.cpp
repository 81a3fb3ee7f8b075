#include <morph/actors/machine/wiring.hpp>
#include <morph/autodiff/rule.hpp>

#include <algorithm>

namespace morph {

bool runs_somewhere(const graph_node& x) noexcept {
  return !x.is(builtin::input) && !x.is(builtin::constant);
}

wiring::wiring(const deployment& x) {
  first_port_.reserve(x.net.size() + 1);
  uint32_t ports = 0;
  for (auto& n : x.net.data()->nodes) {
    first_port_.push_back(ports);
    ports += static_cast<uint32_t>(n.outputs.size());
  }
  first_port_.push_back(ports);
  find_roles(x);
  find_gradients(x);
  join(x);
  if (x.memory == memory_rule::in_order)
    take_turns(x);
}

bool wiring::differentiates(const graph_node& n) const noexcept {
  for (uint16_t p = 0; p < n.outputs.size(); ++p)
    if (needs_gradient({n.id, p}))
      return true;
  return false;
}

void wiring::find_roles(const deployment& x) {
  auto& nodes = x.net.data()->nodes;
  trained_.assign(nodes.size(), false);
  if (x.trains()) {
    std::vector<bool> reaches(nodes.size(), false);
    for (auto i : x.losses)
      reaches[x.results[i].node] = true;
    for (auto n = nodes.size(); n-- > 0;) {
      if (!reaches[n])
        continue;
      for (auto& in : nodes[n].inputs)
        reaches[in.node] = true;
      if (nodes[n].is(builtin::parameter)
          && nodes[n].outputs[0].is_differentiable()
          && nodes[n].attrs.get_or<bool>("trainable", true))
        trained_[n] = true;
    }
  }
  for (auto& n : nodes) {
    if (n.is(builtin::input))
      input_nodes_.push_back(n.id);
    if (trained_[n.id])
      trained_nodes_.push_back(n.id);
    if (runs_somewhere(n)
        && std::all_of(n.inputs.begin(), n.inputs.end(), [&](port_ref in) {
             return nodes[in.node].is(builtin::constant);
           }))
      starters_.push_back(n.id);
  }
}

void wiring::find_gradients(const deployment& x) {
  needs_.assign(first_port_.back(), false);
  if (!x.has_backward())
    return;
  std::vector<bool> seeds = trained_;
  for (auto n : x.wrt)
    seeds[n] = true;
  for (auto& n : x.net.data()->nodes) {
    auto wanted
      = seeds[n.id]
        || (is_differentiable(n)
            && std::any_of(n.inputs.begin(), n.inputs.end(),
                           [&](port_ref in) { return needs_gradient(in); }));
    if (wanted)
      for (size_t p = 0; p < n.outputs.size(); ++p)
        needs_[first_port_[n.id] + p] = n.outputs[p].is_differentiable();
  }
}

void wiring::join(const deployment& x) {
  auto& nodes = x.net.data()->nodes;
  auto drops = [&](port_ref from) {
    return x.recomputes(from.node) && needs_gradient(from);
  };
  std::vector<uint32_t> fan_out(nodes.size() + 1, 0);
  for (auto& n : nodes)
    for (auto& in : n.inputs)
      ++fan_out[in.node];
  for (auto& r : x.results)
    ++fan_out[r.node];
  first_out_.resize(nodes.size() + 1);
  uint32_t total = 0;
  for (size_t n = 0; n < nodes.size(); ++n) {
    first_out_[n] = total;
    total += fan_out[n];
  }
  first_out_[nodes.size()] = total;
  outs_.resize(total);
  auto next = first_out_;
  first_in_.reserve(nodes.size() + 1);
  for (auto& n : nodes) {
    first_in_.push_back(static_cast<uint32_t>(ins_.size()));
    for (size_t i = 0; i < n.inputs.size(); ++i) {
      auto from = n.inputs[i];
      auto slot = next[from.node]++;
      outs_[slot] = {n.id, static_cast<uint16_t>(i), from.port,
                     needs_gradient(from), drops(from)};
      ins_.push_back({from, slot - first_out_[from.node], needs_gradient(from),
                      drops(from), nodes[from.node].is(builtin::constant)});
    }
  }
  first_in_.push_back(static_cast<uint32_t>(ins_.size()));
  for (size_t r = 0; r < x.results.size(); ++r) {
    auto from = x.results[r];
    auto is_loss
      = std::find(x.losses.begin(), x.losses.end(), r) != x.losses.end();
    outs_[next[from.node]++]
      = {session_node, static_cast<uint16_t>(r), from.port,
         is_loss && needs_gradient(from), false};
  }
}

void wiring::take_turns(const deployment& x) {
  auto& nodes = x.net.data()->nodes;
  for (auto& t : turns_)
    for (auto& n : nodes)
      t.push_back({n.id, false});

  struct latest {
    const graph_node* node = nullptr;
    const graph_node* differentiating = nullptr;
  };

  std::vector<latest> by_host(x.hosts.size());
  auto& [there, back] = turns_;
  for (auto& n : nodes) {
    if (!runs_somewhere(n) || n.is(builtin::parameter))
      continue;
    auto& before = by_host[x.host_of[n.id]];
    if (before.node) {
      there[before.node->id].next = n.id;
      there[n.id].waits = true;
    }
    before.node = &n;
    if (!differentiates(n))
      continue;
    if (before.differentiating) {
      back[n.id].next = before.differentiating->id;
      back[before.differentiating->id].waits = true;
    }
    before.differentiating = &n;
  }
}

} // namespace morph
