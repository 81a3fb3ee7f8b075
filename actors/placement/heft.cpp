#include <morph/actors/placement/heft.hpp>
#include <morph/actors/placement/worker_pool.hpp>

#include <algorithm>
#include <numeric>

namespace morph::placement {

namespace {

struct mean_link {
  double latency = 0;
  double byte_seconds = 0;
};

/// Averages over the pairs of different hosts that are present and connected.
mean_link average_links(const instance& x) {
  const auto& hosts = x.source->hosts;
  mean_link sum;
  std::size_t pairs = 0;
  for (index a = 0; a < x.hosts; ++a)
    for (index b = 0; b < x.hosts; ++b) {
      auto l = std::size_t{a} * x.hosts + b;
      if (a == b || !hosts[a].present || !hosts[b].present
          || x.latency[l] == infinity)
        continue;
      sum.latency += x.latency[l];
      sum.byte_seconds += x.byte_seconds[l];
      ++pairs;
    }
  if (pairs == 0)
    return sum;
  auto k = static_cast<double>(pairs);
  return {sum.latency / k, sum.byte_seconds / k};
}

/// Mean forward and backward times over the allowed hosts of each node.
std::vector<double> average_times(const instance& x) {
  std::vector<double> mean(std::size_t{2} * x.nodes, 0.0);
  for (index v = 0; v < x.nodes; ++v) {
    double hosts = 0.0;
    for (index h = 0; h < x.hosts; ++h)
      if (x.may_run(x.group_of[v], h)) {
        mean[v] += x.forward(v, h);
        mean[x.nodes + v] += x.backward(v, h);
        hosts += 1.0;
      }
    mean[v] /= hosts;
    mean[x.nodes + v] /= hosts;
  }
  return mean;
}

class scheduler {
public:
  scheduler(const instance& x, contention transfers)
    : x_(x), booked_(transfers == contention::per_link), host_(x.nodes, none),
      finish_(std::size_t{2} * x.nodes, 0.0), group_host_(x.groups, none),
      ready_(x.hosts), link_free_(std::size_t{x.hosts} * x.hosts, 0.0),
      column_(x.hosts) {
    for (const auto& h : x.source->hosts)
      pools_.emplace_back(h.workers);
  }

  void place_forward(index v) {
    const auto& p = *x_.source;
    auto g = x_.group_of[v];
    if (booked_)
      for (index h = 0; h < x_.hosts; ++h)
        ready_[h] = is_choice(g, h) ? book_inputs(v, h, false) : infinity;
    else
      free_inputs(v);
    for (auto i : x_.feeds[v])
      for (index h = 0; h < x_.hosts; ++h)
        ready_[h] = std::max(ready_[h], x_.transfer(p.driver, h,
                                                    p.feeds[i].forward_bytes));
    index best = none;
    double best_score = infinity;
    worker_pool::slot best_slot;
    for (index h = 0; h < x_.hosts; ++h) {
      if (!is_choice(g, h))
        continue;
      auto slot = pools_[h].earliest(ready_[h], x_.forward(v, h));
      auto score = slot.start + x_.forward(v, h) + x_.backward(v, h)
                   + result_seconds(v, h);
      if (best == none || score < best_score) {
        best = h;
        best_score = score;
        best_slot = slot;
      }
    }
    if (booked_)
      book_inputs(v, best, true);
    group_host_[g] = best;
    host_[v] = best;
    finish_[v] = best_slot.start + x_.forward(v, best);
    pools_[best].book(best_slot, x_.forward(v, best));
  }

  void place_backward(index v) {
    const auto& p = *x_.source;
    auto h = host_[v];
    auto ready = finish_[v];
    for (auto i : x_.out[v]) {
      const auto& e = p.edges[i];
      if (e.backward_bytes == no_message)
        continue;
      auto from = host_[e.to];
      auto sent = finish_[x_.nodes + e.to];
      if (booked_ && from != h)
        sent = take_link(link_free_[link(from, h)], sent, from, h,
                         e.backward_bytes);
      else
        sent += x_.transfer(from, h, e.backward_bytes);
      ready = std::max(ready, sent);
    }
    auto time = x_.backward(v, h);
    auto slot = pools_[h].earliest(ready, time);
    finish_[x_.nodes + v] = slot.start + time;
    pools_[h].book(slot, time);
  }

  std::vector<index> take_hosts() {
    return std::move(host_);
  }

private:
  std::size_t link(index from, index to) const {
    return std::size_t{from} * x_.hosts + to;
  }

  bool is_choice(index group, index h) const {
    return group_host_[group] == none ? x_.may_run(group, h)
                                      : group_host_[group] == h;
  }

  /// Arrival of all inputs at every host if each has the link for itself.
  void free_inputs(index v) {
    const auto& p = *x_.source;
    std::fill(ready_.begin(), ready_.end(), 0.0);
    for (auto i : x_.in[v]) {
      const auto& e = p.edges[i];
      const auto* latency = x_.latency.data() + link(host_[e.from], 0);
      const auto* rate = x_.byte_seconds.data() + link(host_[e.from], 0);
      for (index h = 0; h < x_.hosts; ++h)
        ready_[h] = std::max(ready_[h], finish_[e.from] + latency[h]
                                          + e.forward_bytes * rate[h]);
    }
  }

  /// Arrival of all inputs at `h`, each link taking one at a time.
  double book_inputs(index v, index h, bool for_good) {
    const auto& p = *x_.source;
    double ready = 0.0;
    for (auto i : x_.in[v])
      column_[host_[p.edges[i].from]]
        = link_free_[link(host_[p.edges[i].from], h)];
    for (auto i : x_.in[v]) {
      const auto& e = p.edges[i];
      auto from = host_[e.from];
      auto arrival = finish_[e.from];
      if (from != h)
        arrival = take_link(column_[from], arrival, from, h, e.forward_bytes);
      ready = std::max(ready, arrival);
      if (for_good && from != h)
        link_free_[link(from, h)] = column_[from];
    }
    return ready;
  }

  double take_link(double& free_at, double sent, index from, index to,
                   double bytes) const {
    free_at = std::max(free_at, sent) + bytes * x_.byte_seconds[link(from, to)];
    return free_at + x_.latency[link(from, to)];
  }

  double result_seconds(index v, index h) const {
    const auto& p = *x_.source;
    double longest = 0.0;
    for (auto i : x_.results[v])
      longest = std::max(longest,
                         x_.transfer(h, p.driver, p.results[i].forward_bytes));
    return longest;
  }

  const instance& x_;
  bool booked_;
  std::vector<index> host_;
  std::vector<double> finish_;
  std::vector<index> group_host_;
  std::vector<worker_pool> pools_;
  std::vector<double> ready_;
  std::vector<double> link_free_;
  std::vector<double> column_;
};

} // namespace

std::vector<double> upward_ranks(const instance& x) {
  const auto& p = *x.source;
  const auto n = x.nodes;
  auto time = average_times(x);
  auto rank = time;
  auto mean = average_links(x);
  auto raise = [&](index task, double bytes, index next) {
    rank[task]
      = std::max(rank[task], time[task] + mean.latency
                               + bytes * mean.byte_seconds + rank[next]);
  };
  if (p.training)
    for (auto v : x.order)
      for (auto i : x.out[v])
        if (p.edges[i].backward_bytes != no_message)
          raise(n + p.edges[i].to, p.edges[i].backward_bytes, n + v);
  for (auto i = x.order.rbegin(); i != x.order.rend(); ++i) {
    if (p.training)
      rank[*i] = std::max(rank[*i], time[*i] + rank[n + *i]);
    for (auto j : x.in[*i])
      raise(p.edges[j].from, p.edges[j].forward_bytes, *i);
  }
  if (!p.training)
    rank.resize(n);
  return rank;
}

std::vector<index> rank_order(const instance& x) {
  const auto rank = upward_ranks(x);
  // Equal ranks occur with times of zero: there, a topological position
  // keeps producers before consumers.
  std::vector<index> position(rank.size());
  for (index i = 0; i < x.nodes; ++i) {
    position[x.order[i]] = i;
    if (rank.size() > x.nodes)
      position[x.nodes + x.order[i]] = 2 * x.nodes - i;
  }
  std::vector<index> tasks(rank.size());
  std::iota(tasks.begin(), tasks.end(), index{0});
  std::sort(tasks.begin(), tasks.end(), [&](index a, index b) {
    return rank[a] != rank[b] ? rank[a] > rank[b] : position[a] < position[b];
  });
  return tasks;
}

std::vector<index> heft(const instance& x, std::span<const index> order,
                        contention transfers) {
  scheduler s{x, transfers};
  for (auto task : order)
    if (task < x.nodes)
      s.place_forward(task);
    else
      s.place_backward(task - x.nodes);
  return s.take_hosts();
}

} // namespace morph::placement
