#include <morph/actors/placement/local_search.hpp>
#include <morph/actors/placement/random.hpp>

#include <algorithm>
#include <bit>

namespace morph::placement {

namespace {

/// Relative worsening that the search accepts at its start.
constexpr double first_margin = 0.08;
/// Factor on the time for a host that cannot keep what it must.
constexpr double penalty = 1e3;
/// Groups that move together at most.
constexpr std::size_t largest_cluster = 64;

class searcher {
public:
  searcher(const instance& x, std::span<const index> start,
           const search_options& options)
    : x_(x), runs_(search_runs(x, options)), random_(options.seed), goal_(x),
      host_(start.begin(), start.end()), marked_(x.groups, 0) {
    // nop
  }

  std::vector<index> run() {
    auto best = host_;
    if (runs_ < least_search_runs || x_.hosts < 2 || x_.nodes == 0)
      return best;
    auto current_value = goal_(host_);
    auto best_value = current_value;
    std::uint32_t since_best = 0;
    for (std::uint32_t i = 1; i < runs_; ++i) {
      undo_.clear();
      propose();
      if (undo_.empty())
        continue;
      auto value = goal_(host_);
      auto left = 1.0 - static_cast<double>(i) / runs_;
      auto margin = first_margin * left * left * random_.unit();
      if (value <= current_value * (1.0 + margin)) {
        current_value = value;
      } else {
        for (auto [group, host] : undo_)
          assign(group, host);
      }
      ++since_best;
      if (current_value < best_value) {
        best_value = current_value;
        best = host_;
        since_best = 0;
      } else if (since_best > runs_ / 8) {
        host_ = best;
        current_value = best_value;
        since_best = 0;
      }
    }
    return best;
  }

private:
  struct old_place {
    index group;
    index host;
  };

  index host_of(index group) const {
    return host_[x_.members[group].front()];
  }

  void assign(index group, index host) {
    for (auto v : x_.members[group])
      host_[v] = host;
  }

  void move(index group, index host) {
    if (host_of(group) == host || !x_.may_run(group, host))
      return;
    undo_.push_back({group, host_of(group)});
    assign(group, host);
  }

  void propose() {
    auto group = random_.below(x_.groups);
    auto target = pick_target(group);
    if (target == host_of(group))
      return;
    switch (random_.below(4)) {
      case 0:
        move_cluster(group, target);
        break;
      case 1:
        swap(group, target);
        break;
      default:
        move(group, target);
    }
  }

  /// The host of a neighbour, the driver's, or any.
  index pick_target(index group) {
    auto members = x_.members[group];
    auto v = members[random_.below(static_cast<index>(members.size()))];
    if (random_.below(2) == 0) {
      auto w = neighbour(v);
      if (w != none && host_[w] != host_[v])
        return host_[w];
    }
    return random_.below(x_.hosts);
  }

  index neighbour(index v) {
    auto in = x_.in[v];
    auto out = x_.out[v];
    auto degree = static_cast<index>(in.size() + out.size());
    if (degree == 0)
      return none;
    auto i = random_.below(degree);
    const auto& edges = x_.source->edges;
    return i < in.size() ? edges[in[i]].from : edges[out[i - in.size()]].to;
  }

  /// Moves `group` with groups around it that are on the same host.
  void move_cluster(index group, index target) {
    auto widest = std::min<std::size_t>(largest_cluster, x_.groups);
    auto doublings = static_cast<std::uint32_t>(std::bit_width(widest));
    auto size = std::min(widest, std::size_t{2} << random_.below(doublings));
    auto home = host_of(group);
    cluster_.assign(1, group);
    marked_[group] = 1;
    auto add = [&](index v) {
      auto g = x_.group_of[v];
      if (!marked_[g] && host_[v] == home && cluster_.size() < size) {
        marked_[g] = 1;
        cluster_.push_back(g);
      }
    };
    for (std::size_t i = 0; i < cluster_.size() && cluster_.size() < size; ++i)
      for (auto v : x_.members[cluster_[i]]) {
        for (auto e : x_.out[v])
          add(x_.source->edges[e].to);
        for (auto e : x_.in[v])
          add(x_.source->edges[e].from);
      }
    for (auto g : cluster_) {
      marked_[g] = 0;
      move(g, target);
    }
  }

  void swap(index group, index target) {
    auto home = host_of(group);
    move(group, target);
    auto other = random_.below(x_.groups);
    if (other != group && host_of(other) == target)
      move(other, home);
  }

  const instance& x_;
  std::uint32_t runs_;
  random random_;
  search_goal goal_;
  std::vector<index> host_;
  std::vector<old_place> undo_;
  std::vector<index> cluster_;
  std::vector<char> marked_;
};

} // namespace

std::uint32_t search_runs(const instance& x, const search_options& options) {
  auto halves = x.source->training ? 2.0 : 1.0;
  auto cost
    = halves * (1.0 + x.nodes + static_cast<double>(x.source->edges.size()));
  return static_cast<std::uint32_t>(
    std::min<double>(options.max_runs, options.work / cost));
}

search_goal::search_goal(const instance& x) : x_(&x), simulator_(x) {
  if (x.source->training)
    for (const auto& h : x.source->hosts)
      bounded_memory_ = bounded_memory_ || h.memory_bytes != infinity;
}

double search_goal::operator()(std::span<const index> assignment) {
  auto makespan = simulator_.run(assignment);
  return bounded_memory_ ? with_memory(makespan, assignment) : makespan;
}

double search_goal::with_memory(double makespan,
                                std::span<const index> assignment) {
  memory_.assign(x_->hosts, {});
  for (index v = 0; v < x_->nodes; ++v) {
    const auto& info = x_->source->nodes[v];
    auto& m = memory_[assignment[v]];
    m.held += info.value_bytes;
    if (info.recomputable)
      m.again += x_->forward(v, assignment[v]);
    else
      m.fixed += info.value_bytes;
  }
  // Values from elsewhere are held by those who read them.
  for (const auto& e : x_->source->edges)
    if (assignment[e.from] != assignment[e.to])
      memory_[assignment[e.to]].held += e.forward_bytes;
  double overrun = 0.0;
  for (index h = 0; h < x_->hosts; ++h) {
    auto budget = x_->source->hosts[h].memory_bytes;
    if (memory_[h].held > budget)
      makespan += memory_[h].again;
    if (memory_[h].fixed > budget)
      overrun += 1.0 + (memory_[h].fixed - budget) / (1.0 + budget);
  }
  return makespan * (1.0 + penalty * overrun);
}

std::uint64_t count_assignments(const instance& x, std::uint64_t limit) {
  std::uint64_t product = 1;
  for (index g = 0; g < x.groups && product <= limit; ++g) {
    std::uint64_t choices = 0;
    for (index h = 0; h < x.hosts; ++h)
      choices += x.may_run(g, h);
    product *= choices;
  }
  return product;
}

std::vector<index> exhaustive_search(const instance& x) {
  std::vector<std::vector<index>> choices(x.groups);
  for (index g = 0; g < x.groups; ++g)
    for (index h = 0; h < x.hosts; ++h)
      if (x.may_run(g, h))
        choices[g].push_back(h);
  std::vector<std::size_t> digit(x.groups, 0);
  std::vector<index> host(x.nodes);
  auto assign = [&](index g) {
    for (auto v : x.members[g])
      host[v] = choices[g][digit[g]];
  };
  for (index g = 0; g < x.groups; ++g)
    assign(g);
  search_goal goal{x};
  auto best = host;
  auto best_value = goal(host);
  // An odometer whose last group turns fastest.
  for (index g = x.groups; g > 0;) {
    if (++digit[g - 1] == choices[g - 1].size()) {
      digit[g - 1] = 0;
      assign(--g);
      continue;
    }
    assign(g - 1);
    g = x.groups;
    auto value = goal(host);
    if (value < best_value) {
      best_value = value;
      best = host;
    }
  }
  return best;
}

std::vector<index> local_search(const instance& x, std::span<const index> start,
                                const search_options& options) {
  return searcher{x, start, options}.run();
}

} // namespace morph::placement
