#include <morph/autodiff/compatible.hpp>
#include <morph/autodiff/rule.hpp>
#include <morph/autodiff/rules/groups.hpp>

#include <algorithm>

namespace morph {

namespace {

std::vector<derivative_rule> sorted_rules() {
  std::vector<derivative_rule> out;
  for (auto& group : rules::groups())
    out.insert(out.end(), group.begin(), group.end());
  std::sort(out.begin(), out.end(),
            [](auto& a, auto& b) { return a.op < b.op; });
  return out;
}

void check(const graph_node& n, std::span<const expr> primals,
           std::span<const expr> derivatives) {
  auto wrong = [&](std::string what) {
    error e{errc::bad_derivative_rule, "the derivative rule of '"
                                         + std::string{n.kind->name} + "' gave "
                                         + std::move(what)};
    throw failure{std::move(e.at(display_name(n), n.where()))};
  };
  if (derivatives.size() != primals.size())
    wrong(std::to_string(derivatives.size()) + " results, not "
          + std::to_string(primals.size()));
  for (size_t i = 0; i < primals.size(); ++i)
    if (derivatives[i] && !compatible(primals[i].type(), derivatives[i].type()))
      wrong(to_string(derivatives[i].type()) + " for "
            + to_string(primals[i].type()));
}

const derivative_rule& rule_of(const graph_node& n) {
  auto* rule = find_rule(n.kind->name);
  if (!rule || !rule->differentiable()) {
    error e{errc::not_differentiable,
            "'" + std::string{n.kind->name} + "' has no derivative: "
              + (rule ? std::string{rule->reason} : "there is no rule")};
    throw failure{std::move(e.at(display_name(n), n.where()))};
  }
  return *rule;
}

} // namespace

void place_nodes(graph_data& g, size_t first, const graph_node& n) {
  for (auto i = first; i < g.nodes.size(); ++i) {
    g.nodes[i].file = n.file;
    g.nodes[i].line = n.line;
  }
}

rules_view derivative_table() {
  static const auto table = sorted_rules();
  return table;
}

const derivative_rule* find_rule(std::string_view op) noexcept {
  auto table = derivative_table();
  auto i = std::lower_bound(table.begin(), table.end(), op,
                            [](auto& x, auto& y) { return x.op < y; });
  return i != table.end() && i->op == op ? &*i : nullptr;
}

bool is_differentiable(const graph_node& n) noexcept {
  if (n.user)
    return n.user->has_backward();
  auto* rule = find_rule(n.kind->name);
  return rule && rule->differentiable();
}

std::vector<expr> apply_vjp(graph_data& g, const graph_node& n,
                            std::span<const expr> in, std::span<const expr> out,
                            std::span<const expr> cotangents,
                            const std::vector<bool>& wanted) {
  auto& rule = rule_of(n);
  auto first = g.nodes.size();
  auto result = rule.vjp({*n.kind, n.attrs, in, out, wanted}, cotangents);
  check(n, in, result);
  place_nodes(g, first, n);
  return result;
}

std::vector<expr> apply_jvp(graph_data& g, const graph_node& n,
                            std::span<const expr> in, std::span<const expr> out,
                            std::span<const expr> tangents) {
  auto& rule = rule_of(n);
  auto first = g.nodes.size();
  const std::vector<bool> all(in.size(), true);
  auto result = rule.jvp({*n.kind, n.attrs, in, out, all}, tangents);
  check(n, out, result);
  place_nodes(g, first, n);
  return result;
}

} // namespace morph
