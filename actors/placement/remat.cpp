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

/// The part of the graph that runs on one host, in topological order.
/// Positions replace node ids. An edge to or from another host is no edge
/// here: its producer always keeps its values.
struct local_graph {
  std::vector<index> node;
  std::vector<double> bytes;
  std::vector<double> seconds;
  std::vector<char> must_keep;
  std::vector<std::vector<index>> producers;
  std::vector<std::vector<index>> consumers;

  std::size_t size() const {
    return node.size();
  }
};

struct usage {
  double peak = 0;
  double seconds = 0;
};

std::vector<local_graph> split(const instance& x,
                               std::span<const index> assignment) {
  const auto& p = *x.source;
  std::vector<local_graph> parts(x.hosts);
  std::vector<index> position(x.nodes);
  for (auto v : x.order) {
    auto& part = parts[assignment[v]];
    position[v] = static_cast<index>(part.size());
    const auto& info = p.nodes[v];
    bool remote = false;
    std::vector<index> producers;
    for (auto i : x.out[v])
      remote = remote || assignment[p.edges[i].to] != assignment[v];
    for (auto i : x.in[v]) {
      auto u = p.edges[i].from;
      if (assignment[u] == assignment[v]) {
        producers.push_back(position[u]);
        part.consumers[position[u]].push_back(position[v]);
      }
    }
    part.node.push_back(v);
    part.bytes.push_back(info.retained_bytes);
    part.seconds.push_back(x.forward(v, assignment[v]));
    part.must_keep.push_back(remote || !info.recomputable
                             || info.retained_bytes == 0.0);
    part.producers.push_back(std::move(producers));
    part.consumers.emplace_back();
  }
  return parts;
}

/// Runs a pass over one host, without messages.
class pass {
public:
  explicit pass(const local_graph& g) : g_(g) {
    // nop
  }

  usage measure(const std::vector<char>& drop) {
    usage u;
    double held = 0.0;
    alive_.assign(g_.size(), 1);
    for (index i = 0; i < g_.size(); ++i) {
      u.peak = std::max(u.peak, held + g_.bytes[i]);
      alive_[i] = !drop[i];
      held += drop[i] ? 0.0 : g_.bytes[i];
    }
    for (auto i = static_cast<index>(g_.size()); i-- > 0;) {
      if (!alive_[i]) {
        held += recall(i, u);
        u.peak = std::max(u.peak, held);
      }
      held -= g_.bytes[i];
    }
    return u;
  }

private:
  /// Makes `i` and all it depends on alive; the bytes that this takes.
  double recall(index i, usage& u) {
    double bytes = 0.0;
    alive_[i] = 1;
    stack_.assign(1, i);
    while (!stack_.empty()) {
      auto j = stack_.back();
      stack_.pop_back();
      bytes += g_.bytes[j];
      u.seconds += g_.seconds[j];
      for (auto k : g_.producers[j])
        if (!alive_[k]) {
          alive_[k] = 1;
          stack_.push_back(k);
        }
    }
    return bytes;
  }

  const local_graph& g_;
  std::vector<char> alive_;
  std::vector<index> stack_;
};

/// Chooses for one host. A choice is better if it fits and the other does not,
/// then if it is cheaper, or, where neither fits, if its peak is lower.
class chooser {
public:
  chooser(const local_graph& g, double budget, double visits)
    : g_(g), pass_(g), budget_(budget),
      total_(std::accumulate(g.bytes.begin(), g.bytes.end(), 0.0)),
      visits_left_(visits) {
    // nop
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
    usage used;
  };

  usage measure(const std::vector<char>& drop) {
    visits_left_ -= 2.0 * static_cast<double>(g_.size());
    return pass_.measure(drop);
  }

  bool better(const usage& a, const usage& b) const {
    auto a_fits = a.peak <= budget_;
    auto b_fits = b.peak <= budget_;
    if (a_fits != b_fits)
      return a_fits;
    return a_fits ? a.seconds < b.seconds : a.peak < b.peak;
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
        for (auto j : g_.consumers[i])
          c.drop[i] = c.drop[i] && segment_[j] == segment_[i];
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
      c.drop[nodes[i]] = !g_.must_keep[nodes[i]];
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
      changed[i] = !changed[i];
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
        changed[i] = 1;
        changed[j] = 0;
        any = accept(c, changed) || any;
      }
    return any;
  }

  const local_graph& g_;
  pass pass_;
  double budget_;
  double total_;
  double visits_left_;
  std::vector<index> segment_;
  std::vector<choice> starts_;
};

} // namespace

bool remat_plan::fits() const {
  return std::all_of(hosts.begin(), hosts.end(),
                     [](const host_memory& h) { return h.fits(); });
}

std::vector<host_memory> memory_of(const instance& x,
                                   std::span<const index> assignment,
                                   std::span<const char> recompute) {
  const auto& p = *x.source;
  std::vector<host_memory> result(x.hosts);
  for (index h = 0; h < x.hosts; ++h)
    result[h].budget_bytes = p.hosts[h].memory_bytes;
  if (!p.training)
    return result; // no value waits for a backward
  std::vector<double> held(x.hosts, 0.0);
  std::vector<char> alive(x.nodes, 1);
  auto hold = [&](index v, bool stays) {
    auto h = assignment[v];
    auto bytes = p.nodes[v].retained_bytes;
    result[h].peak_bytes = std::max(result[h].peak_bytes, held[h] + bytes);
    held[h] += stays ? bytes : 0.0;
  };
  for (auto v : x.order) {
    alive[v] = recompute.empty() || !recompute[v];
    hold(v, alive[v]);
    result[assignment[v]].keep_all_bytes += p.nodes[v].retained_bytes;
  }
  std::vector<index> recalled;
  for (auto i = x.order.rbegin(); i != x.order.rend(); ++i) {
    if (!alive[*i])
      recalled.push_back(*i);
    alive[*i] = 1;
    while (!recalled.empty()) {
      auto v = recalled.back();
      recalled.pop_back();
      hold(v, true);
      result[assignment[v]].recompute_seconds += x.forward(v, assignment[v]);
      for (auto e : x.in[v]) {
        auto u = p.edges[e].from;
        if (!alive[u]) {
          alive[u] = 1;
          recalled.push_back(u);
        }
      }
    }
    held[assignment[*i]] -= p.nodes[*i].retained_bytes;
  }
  return result;
}

remat_plan plan_memory(const instance& x, std::span<const index> assignment) {
  remat_plan plan;
  plan.hosts = memory_of(x, assignment, {});
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
    for (index i = 0; i < parts[h].size(); ++i)
      plan.recompute[parts[h].node[i]] = drop[i];
  }
  plan.hosts = memory_of(x, assignment, plan.recompute);
  return plan;
}

} // namespace morph::placement
