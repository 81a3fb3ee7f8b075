#include <morph/graph/passes/constant_folder.hpp>
#include <morph/graph/passes/simplify.hpp>
#include <morph/graph/passes/value_table.hpp>

#include <utility>
#include <vector>

namespace morph {

namespace {

/// By id, whether a root depends on a node.
std::vector<bool> live_nodes(const graph& g, std::span<const port_ref> roots) {
  std::vector<bool> live(g.size(), false);
  for (auto x : roots)
    live[x.node] = true;
  for (auto n = g.size(); n-- > 0;)
    if (live[n])
      for (auto in : g[static_cast<node_id>(n)].inputs)
        live[in.node] = true;
  return live;
}

} // namespace

pass_result eliminate_dead_nodes(const graph& g,
                                 std::span<const port_ref> roots) {
  auto live = live_nodes(g, roots);
  return rebuild(g, [&](graph& to, const graph_node& n, auto& inputs) {
    return live[n.id] ? std::optional{copy_node(to, n, inputs)} : std::nullopt;
  });
}

pass_result merge_common_subexpressions(const graph& g) {
  detail::value_table values;
  return rebuild(g, [&](graph& to, const graph_node& n, auto& inputs) {
    return std::optional{values.place(to, with_inputs(n, inputs))};
  });
}

pass_result fold_constants(const graph& g) {
  detail::constant_folder folder;
  return rebuild(g, [&](graph& to, const graph_node& n, auto& inputs) {
    auto x = folder.fold(to, with_inputs(n, inputs));
    return std::optional{to.append(std::move(x)).ref().node};
  });
}

pass_result simplify(const graph& g, std::span<const port_ref> roots) {
  // One walk does all: what is dead need not be computed, and what has been
  // computed may merge with equal constants.
  auto live = live_nodes(g, roots);
  detail::constant_folder folder;
  detail::value_table values;
  auto visit = [&](graph& to, const graph_node& n, auto& inputs) {
    return live[n.id] ? std::optional{values.place(
             to, folder.fold(to, with_inputs(n, inputs)))}
                      : std::nullopt;
  };
  auto out = rebuild(g, visit);
  if (!folder.has_folded())
    return out;
  // Constants that fed folded nodes may have no reader left.
  std::vector<port_ref> now;
  for (auto x : roots)
    now.push_back(*out.find(x));
  auto rest = eliminate_dead_nodes(out.result, now);
  return chain(std::move(out), std::move(rest));
}

} // namespace morph
