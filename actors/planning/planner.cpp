#include <morph/actors/placement/plan.hpp>
#include <morph/actors/planning/planner.hpp>

#include <algorithm>

namespace morph {

namespace {

/// Loopback between two processes of one machine, until it is measured.
constexpr placement::link unmeasured{6e-5, 1e9, 5e-6, 5e-6};

tl::unexpected<error> infeasible(const placement::defect& x) {
  return fail(errc::infeasible_plan, x.text);
}

std::vector<placement::index> indexes(const planning_problem& p,
                                      const deployment& x) {
  std::vector<placement::index> out;
  for (auto n : p.node_of)
    out.push_back(x.host_of[n]);
  return out;
}

result<choice> make_choice(const deployment& x, const planning_problem& p,
                           const placement::plan& plan, std::string reason) {
  if (!plan.cache.fits()) {
    for (size_t h = 0; h < plan.cache.hosts.size(); ++h)
      if (!plan.cache.hosts[h].fits())
        return fail(errc::budget_exceeded,
                    "host '" + p.problem.hosts[h].name + "' needs at least "
                      + std::to_string(
                        static_cast<uint64_t>(plan.cache.hosts[h].peak_bytes))
                      + " bytes for forward values, the budget is "
                      + std::to_string(static_cast<uint64_t>(
                        plan.cache.hosts[h].budget_bytes)));
  }
  return choice{arrange(x.net.size(), p, plan.hosts, plan.cache),
                std::move(reason)};
}

} // namespace

planner::planner(std::vector<host_facts> hosts)
  : hosts_(std::move(hosts)), links_(hosts_.size(), unmeasured) {
  for (size_t h = 0; h < hosts_.size(); ++h)
    ops_.add_host({});
}

size_t planner::host_index(const std::string& name) const noexcept {
  return static_cast<size_t>(
    std::find_if(hosts_.begin(), hosts_.end(),
                 [&](auto& h) { return h.name == name; })
    - hosts_.begin());
}

void planner::learn(const deployment& now, const run_report& nodes,
                    const std::vector<host_link_readings>& links) {
  runs_seen_.resize(hosts_.size());
  for (auto& seen : runs_seen_)
    seen.resize(2 * now.net.size());
  auto alarmed = false;
  for (auto& n : nodes.nodes) {
    auto h = host_index(n.host);
    if (n.node >= now.net.size() || h == hosts_.size())
      continue;
    auto& node = now.net[n.node];
    auto add = [&](uint64_t runs, uint64_t& seen, double seconds,
                   const placement::op_work& work) {
      if (runs > seen && seconds > 0)
        alarmed = placement::is_alarm(
                    ops_.add(work, static_cast<placement::index>(h), seconds))
                  || alarmed;
      seen = runs;
    };
    add(n.forward_runs, runs_seen_[h][2 * n.node], n.forward_seconds,
        forward_work(now.net, node, extent_));
    add(n.backward_runs, runs_seen_[h][2 * n.node + 1], n.backward_seconds,
        backward_work(now.net, node, extent_));
  }
  alarmed = add_samples(links) || alarmed;
  unsettled_ = alarmed;
  if (alarmed)
    replanner_.cost_alarm();
}

void planner::learn_links(const std::vector<host_link_readings>& links) {
  if (add_samples(links)) {
    unsettled_ = true;
    replanner_.cost_alarm();
  }
}

bool planner::add_samples(const std::vector<host_link_readings>& links) {
  auto alarmed = false;
  for (auto& from : links) {
    auto f = host_index(from.host);
    for (auto& x : from.links) {
      auto t = host_index(x.peer);
      if (f == hosts_.size() || t == hosts_.size() || f == t)
        continue;
      auto& link = links_.at(static_cast<placement::index>(f),
                             static_cast<placement::index>(t));
      auto last = placement::verdict::accepted;
      auto samples = std::min(x.sample_bytes.size(), x.sample_seconds.size());
      for (size_t i = 0; i < samples; ++i) {
        auto v = link.add(static_cast<double>(x.sample_bytes[i]),
                          x.sample_seconds[i]);
        if (placement::is_alarm(v))
          last = v;
      }
      if (!placement::is_alarm(last))
        continue;
      alarmed = true;
      changes_.push_back({f, t, last == placement::verdict::slower,
                          link.latency(), link.bandwidth()});
    }
  }
  links_.end_round();
  return alarmed;
}

std::vector<std::pair<size_t, size_t>> planner::idle_links() const {
  constexpr uint64_t patience = 2; // readings
  std::vector<std::pair<size_t, size_t>> out;
  for (auto [from, to] : links_.due_for_probe(patience))
    out.emplace_back(from, to);
  return out;
}

result<planning_problem> planner::problem_for(const deployment& x,
                                              outlook view) const {
  return build_problem(x, wiring{x}, extent_, hosts_, ops_,
                       view == outlook::median ? links_.median() : links_.p90(),
                       view);
}

result<choice> planner::first_plan(const deployment& x) {
  auto p = problem_for(x, outlook::median);
  if (!p)
    return fail(std::move(p.error()));
  auto instance = placement::make_instance(p->problem);
  if (!instance)
    return infeasible(instance.error());
  // The first costs are guesses: a parameter is not parted from its only user
  // for the little that they promise.
  placement::search_options options;
  options.give_for_parameters = 0.1;
  auto plan = placement::make_plan(*instance, options);
  replanner_.deployed(plan);
  return make_choice(x, *p, plan, "first plan: " + plan.chosen);
}

result<choice> planner::reconsider(const deployment& now, bool force) {
  auto p = problem_for(now, outlook::median);
  auto worst = problem_for(now, outlook::pessimistic);
  if (!p || !worst)
    return fail(std::move(p ? worst.error() : p.error()));
  auto current = indexes(*p, now);
  if (force) {
    auto instance = placement::make_instance(p->problem);
    if (!instance)
      return infeasible(instance.error());
    auto valid = !placement::find_violation(*instance, current);
    auto plan = placement::make_plan(
      *instance, {},
      valid ? std::span{current} : std::span<const placement::index>{});
    replanner_.deployed(plan);
    return make_choice(now, *p, plan, "planned anew: " + plan.chosen);
  }
  auto x = replanner_.decide(p->problem, &worst->problem, current);
  if (!x)
    return infeasible(x.error());
  // An estimate that has just jumped rests on few samples: look again.
  if (unsettled_)
    replanner_.cost_alarm();
  return make_choice(now, *p, x->next, x->reason);
}

bool planner::step_done(double seconds) {
  replanner_.step_done(seconds);
  return replanner_.due();
}

result<placement::plan_report> planner::report(const deployment& now) const {
  auto p = problem_for(now, outlook::median);
  if (!p)
    return fail(std::move(p.error()));
  auto instance = placement::make_instance(p->problem);
  if (!instance)
    return infeasible(instance.error());
  auto current = indexes(*p, now);
  auto plan = placement::make_plan(*instance, {}, current);
  if (plan.hosts != current)
    plan = placement::evaluate(*instance, current, "in force");
  return placement::report(*instance, plan);
}

result<std::string> planner::explain(const deployment& now) const {
  auto x = report(now);
  if (!x)
    return fail(std::move(x.error()));
  return placement::to_text(*x);
}

} // namespace morph
