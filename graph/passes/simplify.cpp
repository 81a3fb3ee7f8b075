#include <morph/graph/passes/simplify.hpp>

#include <utility>
#include <vector>

namespace morph {

namespace {

pass_result eliminate_after(pass_result before,
                            std::span<const port_ref> roots) {
  // No pass but this one loses a node that a root depends on.
  std::vector<port_ref> now;
  for (auto x : roots)
    now.push_back(*before.find(x));
  auto live = eliminate_dead_nodes(before.result, now);
  return chain(std::move(before), std::move(live));
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

pass_result simplify(const graph& g, std::span<const port_ref> roots) {
  // What is dead need not be computed; folding lets equal constants merge and
  // leaves constants that nobody reads.
  auto out = eliminate_dead_nodes(g, roots);
  auto folded = fold_constants(out.result);
  auto merged = merge_common_subexpressions(folded.result);
  out = chain(chain(std::move(out), std::move(folded)), std::move(merged));
  return eliminate_after(std::move(out), roots);
}

} // namespace morph
