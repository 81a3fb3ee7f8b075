#include <morph/actors/placement/heft.hpp>
#include <morph/actors/placement/plan.hpp>

#include <algorithm>
#include <utility>

namespace morph::placement {

namespace {

constexpr double cheap_to_simulate = 1e6;

struct candidate {
  std::vector<index> hosts;
  remat_plan cache;
  alternative summary;
  timeline predicted;
};

/// All groups that may run on `h` there, the others where they are fastest.
std::vector<index> all_on(const instance& x, index h) {
  std::vector<index> host(x.nodes);
  for (index g = 0; g < x.groups; ++g) {
    auto chosen = h;
    if (!x.may_run(g, h)) {
      double least = infinity;
      for (index other = 0; other < x.hosts; ++other) {
        if (!x.may_run(g, other))
          continue;
        double time = 0.0;
        for (auto v : x.members[g])
          time += x.forward(v, other) + x.backward(v, other);
        if (time < least) {
          least = time;
          chosen = other;
        }
      }
    }
    for (auto v : x.members[g])
      host[v] = chosen;
  }
  return host;
}

/// The work of the busiest host over its workers.
double least_time(const instance& x, std::span<const index> assignment) {
  std::vector<double> work(x.hosts, 0.0);
  for (index v = 0; v < x.nodes; ++v)
    work[assignment[v]]
      += x.forward(v, assignment[v]) + x.backward(v, assignment[v]);
  double most = 0.0;
  for (index h = 0; h < x.hosts; ++h)
    most = std::max(most, work[h] / x.source->hosts[h].workers);
  return most;
}

class planner {
public:
  planner(const instance& x, const search_options& options)
    : x_(x), options_(options), simulator_(x) {
    // nop
  }

  plan run(std::span<const index> current) {
    if (!current.empty())
      consider("current", {current.begin(), current.end()});
    consider_heft();
    consider_single_hosts();
    auto exhaustive = count_assignments(x_, search_runs(x_, options_))
                      <= search_runs(x_, options_);
    if (exhaustive)
      consider("exhaustive search", exhaustive_search(x_));
    else if (search_runs(x_, options_) >= least_search_runs)
      consider("local search", local_search(x_, best_.hosts, options_));
    join_users();
    auto result = finish();
    result.optimal_in_model = exhaustive && !uses_recompute_ && !costs_more_;
    return result;
  }

  plan run_one(std::string name, std::span<const index> assignment) {
    consider(std::move(name), {assignment.begin(), assignment.end()});
    return finish();
  }

private:
  void consider(std::string name, std::vector<index> hosts) {
    candidate c{std::move(hosts), {}, {std::move(name), 0, true, true}, {}};
    c.cache = plan_memory(x_, c.hosts);
    c.summary.step_seconds = simulator_.run(c.hosts, c.cache.recompute);
    c.summary.fits = c.cache.fits();
    uses_recompute_ = uses_recompute_ || !c.cache.recompute.empty();
    summaries_.push_back(c.summary);
    auto first = summaries_.size() == 1;
    if (first || c.summary.fits > best_.summary.fits
        || (c.summary.fits == best_.summary.fits
            && c.summary.step_seconds < best_.summary.step_seconds)) {
      best_ = std::move(c);
      best_.predicted = simulator_.details();
    }
  }

  bool is_large() const {
    auto cost
      = (x_.nodes + static_cast<double>(x_.source->edges.size())) * x_.hosts;
    return cost > cheap_to_simulate;
  }

  void consider_heft() {
    auto order = rank_order(x_);
    auto contended = x_.source->transfers == contention::per_link;
    if (!contended || !is_large())
      consider("HEFT", heft(x_, order, contention::none));
    if (contended)
      consider("HEFT with booked links", heft(x_, order, contention::per_link));
  }

  void consider_single_hosts() {
    const auto& p = *x_.source;
    for (index h = 0; h < x_.hosts; ++h) {
      if (!p.hosts[h].present)
        continue;
      auto name = "all on " + p.hosts[h].name;
      auto hosts = all_on(x_, h);
      auto least = least_time(x_, hosts);
      if (is_large() && best_.summary.fits
          && least >= best_.summary.step_seconds)
        summaries_.push_back({std::move(name), least, false, true});
      else
        consider(std::move(name), std::move(hosts));
    }
  }

  /// Parameters go to the host where all their users are, unless a pin, a
  /// neighbour or the memory there says otherwise: what crosses a link may
  /// cost more than a forecast knows.
  void join_users() {
    auto hosts = best_.hosts;
    constexpr index mixed = none - 1;
    std::vector<index> users(x_.nodes, none);
    for (const auto& e : x_.source->edges) {
      auto& u = users[e.from];
      u = u == none || u == hosts[e.to] ? hosts[e.to] : mixed;
    }
    for (index g = 0; g < x_.groups; ++g) {
      auto v = x_.members[g].front();
      if (x_.members[g].size() == 1 && x_.source->nodes[v].parameter
          && users[v] < x_.hosts && x_.may_run(g, users[v]))
        hosts[v] = users[v];
    }
    if (hosts == best_.hosts)
      return;
    auto cache = plan_memory(x_, hosts);
    auto seconds = simulator_.run(hosts, cache.recompute);
    if (cache.fits() < best_.summary.fits
        || seconds > (1.0 + options_.give_for_parameters + 1e-12)
                       * best_.summary.step_seconds)
      return;
    costs_more_ = seconds > (1.0 + 1e-12) * best_.summary.step_seconds;
    best_.hosts = std::move(hosts);
    best_.cache = std::move(cache);
    best_.summary.step_seconds = seconds;
    best_.predicted = simulator_.details();
  }

  plan finish() {
    plan result;
    result.predicted = std::move(best_.predicted);
    result.bound = bound(x_);
    result.hosts = std::move(best_.hosts);
    result.cache = std::move(best_.cache);
    result.chosen = std::move(best_.summary.name);
    result.alternatives = std::move(summaries_);
    return result;
  }

  const instance& x_;
  search_options options_;
  simulator simulator_;
  candidate best_;
  std::vector<alternative> summaries_;
  bool uses_recompute_ = false;
  bool costs_more_ = false; // than the fastest plan found
};

} // namespace

plan make_plan(const instance& x, const search_options& options,
               std::span<const index> current) {
  return planner{x, options}.run(current);
}

plan evaluate(const instance& x, std::span<const index> assignment,
              std::string name) {
  return planner{x, {}}.run_one(std::move(name), assignment);
}

} // namespace morph::placement
