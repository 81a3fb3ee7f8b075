#include <morph/actors/placement/remat.hpp>
#include <morph/actors/planning/budget.hpp>
#include <morph/actors/planning/problem_builder.hpp>

#include <algorithm>

namespace morph {

result<void> fit_budget(deployment& plan, uint64_t budget, int64_t extent) {
  plan.recompute.clear();
  plan.memory = memory_rule::free;
  if (budget == 0)
    return {};
  wiring wires{plan};
  placement::op_costs costs;
  std::vector<host_facts> hosts;
  for (auto& name : plan.hosts) {
    costs.add_host({});
    hosts.push_back(
      {name, 1, static_cast<double>(budget), {}, hosts.empty(), true});
  }
  std::vector<placement::link> links(hosts.size() * hosts.size());
  auto p = build_problem(plan, wires, extent, hosts, costs, std::move(links));
  if (!p)
    return fail(std::move(p.error()));
  auto x = placement::make_instance(p->problem);
  if (!x)
    return fail(errc::infeasible_plan, x.error().text);
  std::vector<placement::index> assignment;
  for (auto n : p->node_of)
    assignment.push_back(plan.host_of[n]);
  auto memory = placement::plan_memory(*x, assignment);
  for (size_t h = 0; h < memory.hosts.size(); ++h)
    if (!memory.hosts[h].fits())
      return fail(
        errc::budget_exceeded,
        "host '" + plan.hosts[h] + "' needs at least "
          + std::to_string(static_cast<uint64_t>(memory.hosts[h].peak_bytes))
          + " bytes for forward values, the budget is "
          + std::to_string(budget));
  static_cast<arrangement&>(plan)
    = arrange(plan.net.size(), *p, assignment, memory);
  return {};
}

int64_t dynamic_extent(const graph& g,
                       const std::vector<std::pair<node_id, value>>& feeds) {
  int64_t extent = 1;
  for (auto& [n, x] : feeds) {
    auto& t = g[n].outputs[0];
    if (!t.is_tensor() || !tensor::holds(x))
      continue;
    for (size_t i = 0; i < t.shape().rank(); ++i)
      if (t.shape()[i] == dyn && i < as_tensor(x).rank())
        extent = std::max(extent, as_tensor(x).shape()[i]);
  }
  return extent;
}

} // namespace morph
