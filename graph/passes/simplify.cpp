#include <morph/graph/passes/simplify.hpp>

#include <algorithm>
#include <unordered_map>

namespace morph {

namespace {

/// Appends a copy of `x` with its inputs at their new places.
node_id copy_node(graph& to, const graph_node& x,
                  const std::vector<port_ref>& inputs) {
  auto y = x;
  y.inputs = inputs;
  return to.append(std::move(y)).ref().node;
}

/// Walks a graph in topological order; `visit` puts each node into the new
/// graph or refers to one that is there, or drops it.
template <class Visit>
pass_result rebuild(const graph& g, Visit visit) {
  pass_result out;
  out.new_id.resize(g.size());
  std::vector<port_ref> inputs;
  for (auto& n : g.data()->nodes) {
    inputs.clear();
    auto complete = true;
    for (auto in : n.inputs) {
      auto to = out.find(in);
      complete = complete && to;
      inputs.push_back(to.value_or(port_ref{}));
    }
    if (complete)
      out.new_id[n.id] = visit(out.result, n, inputs);
  }
  for (auto& [name, ref] : g.outputs())
    if (auto to = out.find(ref))
      out.result.output(name, out.result.at(*to));
  return out;
}

/// `a` then `b`.
pass_result chain(pass_result a, pass_result b) {
  for (auto& id : a.new_id)
    if (id)
      id = b.new_id[*id];
  b.new_id = std::move(a.new_id);
  return b;
}

void mix(size_t& seed, size_t x) noexcept {
  seed ^= x + 0x9e3779b97f4a7c15 + (seed << 6) + (seed >> 2);
}

size_t hash_of(const graph_node& n, const std::vector<port_ref>& inputs) {
  auto h = std::hash<const void*>{}(n.kind);
  for (auto in : inputs)
    mix(h, (size_t{in.node} << 16) + in.port);
  for (auto& [name, x] : n.attrs.entries()) {
    mix(h, std::hash<std::string>{}(name));
    mix(h, x.index());
    if (auto* t = std::get_if<tensor>(&x))
      mix(h, std::hash<std::string_view>{}(
               {reinterpret_cast<const char*>(t->raw().data()),
                std::min<size_t>(t->raw().size(), 64)}));
    else if (auto* i = std::get_if<int64_t>(&x))
      mix(h, std::hash<int64_t>{}(*i));
    else if (auto* d = std::get_if<double>(&x))
      mix(h, std::hash<double>{}(*d));
  }
  return h;
}

bool may_merge(const graph_node& n) noexcept {
  return !n.is(builtin::input) && !n.is(builtin::parameter) && !n.user;
}

/// The constant in a node, or a null tensor.
tensor constant_of(const graph_node& n) {
  return n.is(builtin::constant) ? n.attrs.get<tensor>("value") : tensor{};
}

// Above this a constant costs more memory and traffic than its op costs time.
constexpr size_t most_folded_bytes = 1 << 20;

tensor try_fold(const graph& g, const graph_node& n,
                const std::vector<port_ref>& inputs) {
  if (!n.kind->run || inputs.empty() || n.outputs.size() != 1)
    return {};
  std::vector<value> in;
  for (auto x : inputs) {
    in.push_back(constant_of(g[x.node]));
    if (!in.back())
      return {};
  }
  auto& t = n.outputs[0];
  if (!t.shape().is_static()
      || static_cast<size_t>(t.shape().elements()) * size_of(t.type())
           > most_folded_bytes)
    return {};
  value out;
  try {
    if (!n.kind->run(in, {&out, 1}, n.attrs))
      return {};
  } catch (const failure&) {
    return {};
  }
  return tensor::from(out);
}

} // namespace

pass_result eliminate_dead_nodes(const graph& g,
                                 std::span<const port_ref> roots) {
  std::vector<bool> live(g.size(), false);
  for (auto x : roots)
    live[x.node] = true;
  for (auto n = g.size(); n-- > 0;)
    if (live[n])
      for (auto in : g[static_cast<node_id>(n)].inputs)
        live[in.node] = true;
  return rebuild(g, [&](graph& to, const graph_node& n, auto& inputs) {
    return live[n.id] ? std::optional{copy_node(to, n, inputs)} : std::nullopt;
  });
}

pass_result merge_common_subexpressions(const graph& g) {
  std::unordered_multimap<size_t, node_id> seen;
  return rebuild(
    g, [&](graph& to, const graph_node& n,
           auto& inputs) -> std::optional<node_id> {
      if (!may_merge(n))
        return copy_node(to, n, inputs);
      auto h = hash_of(n, inputs);
      auto [first, last] = seen.equal_range(h);
      if (n.name.empty())
        for (auto i = first; i != last; ++i) {
          auto& other = to[i->second];
          if (other.kind == n.kind && other.inputs == inputs
              && other.attrs == n.attrs && other.hint == n.hint)
            return i->second;
        }
      auto id = copy_node(to, n, inputs);
      seen.emplace(h, id);
      return id;
    });
}

pass_result fold_constants(const graph& g) {
  return rebuild(g, [&](graph& to, const graph_node& n, auto& inputs) {
    auto x = try_fold(to, n, inputs);
    if (!x)
      return std::optional{copy_node(to, n, inputs)};
    graph_node y;
    y.kind = &builtin::constant;
    y.name = n.name;
    y.attrs.set("value", x);
    y.outputs.emplace_back(x.type(), x.shape());
    y.hint = n.hint;
    y.file = n.file;
    y.line = n.line;
    return std::optional{to.append(std::move(y)).ref().node};
  });
}

pass_result simplify(const graph& g, std::span<const port_ref> roots) {
  // Folding first lets equal constants merge; what is dead then goes.
  auto folded = fold_constants(g);
  auto out = chain(folded, merge_common_subexpressions(folded.result));
  std::vector<port_ref> now;
  for (auto x : roots)
    now.push_back(*out.find(x));
  auto live = eliminate_dead_nodes(out.result, now);
  return chain(std::move(out), std::move(live));
}

} // namespace morph
