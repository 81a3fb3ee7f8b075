#include <morph/actors/placement/host_pass.hpp>
#include <morph/actors/placement/remat.hpp>

#include <algorithm>
#include <numeric>

namespace morph::placement {

namespace {

/// Node visits that the choice for all hosts together may cost.
constexpr double most_visits = 3e7;
/// Numbers of segments are tried one by one up to this, then by this part.
constexpr std::size_t counts_step = 16;
/// Choices that are improved; the best one is taken.
constexpr std::size_t most_starts = 6;

/// Chooses for one host. A choice is better if it fits and the other does not,
/// then if it is cheaper, or, where neither fits, if its peak is lower.
class chooser {
public:
  chooser(const host_part& g, double budget, double visits)
    : g_(g), pass_(g), budget_(budget),
      total_(std::accumulate(g.bytes.begin(), g.bytes.end(), 0.0)),
      visits_left_(visits), read_(g.reads_own) {
    for (auto& x : g.all_uses)
      read_[x.value] = read_[x.value] || x.read_backward;
  }

  std::vector<char> run() {
    collect_segmentations();
    collect_cheapest_drops();
    // Each of the best starts has an equal part of what work is left.
    auto share = visits_left_ / static_cast<double>(starts_.size());
    for (auto& start : starts_) {
      visits_left_ = share;
      improve(start);
    }
    auto best = std::min_element(starts_.begin(), starts_.end(),
                                 [this](const choice& a, const choice& b) {
                                   return better(a.used, b.used);
                                 });
    return best->drop;
  }

private:
  struct choice {
    std::vector<char> drop;
    pass_usage used;
  };

  pass_usage measure(const std::vector<char>& drop) {
    visits_left_ -= 2.0 * static_cast<double>(g_.size());
    return pass_.run(drop);
  }

  bool better(const pass_usage& a, const pass_usage& b) const {
    auto a_fits = a.peak <= budget_;
    auto b_fits = b.peak <= budget_;
    if (a_fits != b_fits)
      return a_fits;
    return a_fits ? a.seconds < b.seconds : a.peak < b.peak;
  }

  /// Drops `i`, and with it those before it whose values would be kept only
  /// for it to run again.
  void drop_from(std::vector<char>& drop, index i) {
    drop[i] = 1;
    for (auto& x : g_.uses(i))
      if (!drop[x.value] && !read_[x.value] && !g_.must_keep[x.value])
        drop_from(drop, x.value);
  }

  /// Enters a start into the list of the best ones.
  void collect(choice c) {
    auto place
      = std::find_if(starts_.begin(), starts_.end(), [&](const choice& other) {
          return better(c.used, other.used);
        });
    starts_.insert(place, std::move(c));
    if (starts_.size() > most_starts)
      starts_.pop_back();
  }

  void collect_segmentations() {
    for (std::size_t count = 2; count <= g_.size() && visits_left_ > 0.0;
         count += 1 + count / counts_step) {
      cut(total_ / static_cast<double>(count));
      choice c{std::vector<char>(g_.size()), {}};
      for (index i = 0; i < g_.size(); ++i) {
        c.drop[i] = !g_.must_keep[i];
        for (auto& x : g_.uses(i))
          if (segment_[x.value] != segment_[i])
            c.drop[x.value] = 0;
      }
      c.used = measure(c.drop);
      collect(std::move(c));
    }
  }

  /// Numbers the segments; each is closed when it has reached `share` bytes.
  void cut(double share) {
    segment_.resize(g_.size());
    index segment = 0;
    double filled = 0.0;
    for (index i = 0; i < g_.size(); ++i) {
      if (filled > 0.0 && filled + g_.bytes[i] > share * (1.0 + 1e-9)) {
        ++segment;
        filled = 0.0;
      }
      segment_[i] = segment;
      filled += g_.bytes[i];
    }
  }

  /// Drops more and more nodes, the cheapest per byte first.
  void collect_cheapest_drops() {
    std::vector<index> nodes(g_.size());
    std::iota(nodes.begin(), nodes.end(), index{0});
    std::stable_sort(nodes.begin(), nodes.end(), [this](index a, index b) {
      return g_.seconds[a] * g_.bytes[b] < g_.seconds[b] * g_.bytes[a];
    });
    choice c{std::vector<char>(g_.size(), 0), {}};
    c.used = measure(c.drop);
    collect(c);
    auto stride = 1 + nodes.size() / 256;
    for (std::size_t i = 0; i < nodes.size() && visits_left_ > 0.0; ++i) {
      if (!g_.must_keep[nodes[i]])
        drop_from(c.drop, nodes[i]);
      if (i % stride != 0 && i + 1 < nodes.size())
        continue;
      c.used = measure(c.drop);
      collect(c);
    }
  }

  /// Takes `changed` if it is better.
  bool accept(choice& c, const std::vector<char>& changed) {
    auto used = measure(changed);
    if (!better(used, c.used))
      return false;
    c = {changed, used};
    return true;
  }

  void improve(choice& c) {
    for (auto size = g_.size() / 8; size > 0; size /= 4)
      keep_blocks(c, size);
    bool changed = true;
    while (changed && visits_left_ > 0.0) {
      changed = flip_each(c);
      changed = exchange_pairs(c) || changed;
    }
  }

  /// Keeps whole stretches of the order, the last first: their values are
  /// needed soonest.
  void keep_blocks(choice& c, std::size_t size) {
    for (auto end = g_.size(); end > 0 && visits_left_ > 0.0;) {
      auto begin = end > size ? end - size : 0;
      auto changed = c.drop;
      std::fill(changed.begin() + static_cast<std::ptrdiff_t>(begin),
                changed.begin() + static_cast<std::ptrdiff_t>(end), 0);
      if (changed != c.drop)
        accept(c, changed);
      end = begin;
    }
  }

  bool flip_each(choice& c) {
    bool any = false;
    for (auto i = g_.size(); i-- > 0 && visits_left_ > 0.0;) {
      if (g_.must_keep[i])
        continue;
      auto changed = c.drop;
      if (changed[i])
        changed[i] = 0;
      else
        drop_from(changed, i);
      any = accept(c, changed) || any;
    }
    return any;
  }

  /// Drops one node instead of another.
  bool exchange_pairs(choice& c) {
    bool any = false;
    for (index i = 0; i < g_.size(); ++i)
      for (index j = 0; j < g_.size() && visits_left_ > 0.0; ++j) {
        if (g_.must_keep[i] || c.drop[i] || !c.drop[j])
          continue;
        auto changed = c.drop;
        drop_from(changed, i);
        changed[j] = 0;
        any = accept(c, changed) || any;
      }
    return any;
  }

  const host_part& g_;
  host_pass pass_;
  double budget_;
  double total_;
  double visits_left_;
  std::vector<char> read_; // by some backward
  std::vector<index> segment_;
  std::vector<choice> starts_;
};

/// Memory of one host under these decisions; none: everything is kept.
host_memory account(const host_part& part, double budget,
                    std::span<const char> recompute) {
  host_memory out;
  out.budget_bytes = budget;
  out.all_bytes = std::accumulate(part.bytes.begin(), part.bytes.end(), 0.0);
  std::vector<char> drop(part.size(), 0);
  if (!recompute.empty())
    for (index i = part.imports; i < part.size(); ++i)
      drop[i] = recompute[part.node[i]];
  auto used = host_pass{part}.run(drop);
  out.peak_bytes = used.peak;
  out.recompute_seconds = used.seconds;
  return out;
}

} // namespace

bool remat_plan::fits() const {
  return std::all_of(hosts.begin(), hosts.end(),
                     [](const host_memory& h) { return h.fits(); });
}

std::vector<host_memory> memory_of(const instance& x,
                                   std::span<const index> assignment,
                                   std::span<const char> recompute) {
  std::vector<host_memory> result(x.hosts);
  for (index h = 0; h < x.hosts; ++h)
    result[h].budget_bytes = x.source->hosts[h].memory_bytes;
  if (!x.source->training)
    return result; // no value waits for a backward
  auto parts = split(x, assignment);
  for (index h = 0; h < x.hosts; ++h)
    result[h] = account(parts[h], result[h].budget_bytes, recompute);
  return result;
}

remat_plan plan_memory(const instance& x, std::span<const index> assignment) {
  remat_plan plan;
  plan.hosts = memory_of(x, assignment, {});
  plan.in_order = std::any_of(plan.hosts.begin(), plan.hosts.end(),
                              [](auto& h) { return h.needs_order(); });
  if (plan.fits())
    return plan;
  plan.recompute.assign(x.nodes, 0);
  auto parts = split(x, assignment);
  auto over = std::count_if(plan.hosts.begin(), plan.hosts.end(),
                            [](const host_memory& h) { return !h.fits(); });
  for (index h = 0; h < x.hosts; ++h) {
    if (plan.hosts[h].fits())
      continue;
    auto drop = chooser{parts[h], plan.hosts[h].budget_bytes,
                        most_visits / static_cast<double>(over)}
                  .run();
    for (index i = parts[h].imports; i < parts[h].size(); ++i)
      plan.recompute[parts[h].node[i]] = drop[i];
    plan.hosts[h]
      = account(parts[h], plan.hosts[h].budget_bytes, plan.recompute);
  }
  return plan;
}

} // namespace morph::placement
