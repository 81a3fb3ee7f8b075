#include <morph/actors/placement/bound.hpp>

#include <algorithm>

namespace morph::placement {

namespace {

constexpr double rounding = 1.0 - 1e-12;
/// Elementary steps that each bound may take.
constexpr double path_work = 4e6;
constexpr double price_work = 3e6;

/// f(task, host) row by row, infinite where the host is not allowed.
class path_bound {
public:
  explicit path_bound(const instance& x)
    : x_(x), tasks_(std::size_t{x.nodes} * (x.source->training ? 2 : 1)),
      with_transfers_(2.0 * static_cast<double>(x.source->edges.size())
                        * x.hosts * x.hosts
                      < path_work),
      f_(tasks_ * x.hosts, infinity), least_(tasks_, 0.0) {
    // nop
  }

  double run() {
    for (auto v : x_.order)
      forward(v);
    if (x_.source->training)
      for (auto i = x_.order.rbegin(); i != x_.order.rend(); ++i)
        backward(*i);
    double longest = 0.0;
    for (index v = 0; v < x_.nodes; ++v)
      longest = std::max(longest, end_of(v));
    return longest;
  }

private:
  double& at(std::size_t task, index h) {
    return f_[task * x_.hosts + h];
  }

  /// Earliest arrival on `h` of a message of `task`.
  double arrival(std::size_t task, index h, double bytes) {
    double best = infinity;
    for (index g = 0; g < x_.hosts; ++g)
      best = std::min(best, at(task, g) + x_.transfer(g, h, bytes));
    return best;
  }

  void forward(index v) {
    const auto& p = *x_.source;
    ready_.assign(x_.hosts, 0.0);
    for (auto i : x_.in[v]) {
      const auto& e = p.edges[i];
      raise_all(e.from, e.forward_bytes);
    }
    for (auto i : x_.feeds[v])
      for (index h = 0; h < x_.hosts; ++h)
        ready_[h] = std::max(ready_[h], x_.transfer(p.driver, h,
                                                    p.feeds[i].forward_bytes));
    for (index h = 0; h < x_.hosts; ++h)
      if (x_.may_run(x_.group_of[v], h))
        at(v, h) = ready_[h] + x_.forward(v, h);
    set_least(v);
  }

  void backward(index v) {
    const auto& p = *x_.source;
    const auto n = x_.nodes;
    ready_.assign(x_.hosts, 0.0);
    for (auto i : x_.out[v]) {
      const auto& e = p.edges[i];
      if (e.backward_bytes != no_message)
        raise_all(std::size_t{n} + e.to, e.backward_bytes);
    }
    for (index h = 0; h < x_.hosts; ++h)
      if (x_.may_run(x_.group_of[v], h))
        at(std::size_t{n} + v, h)
          = std::max(ready_[h], at(v, h)) + x_.backward(v, h);
    set_least(std::size_t{n} + v);
  }

  void set_least(std::size_t task) {
    auto row = f_.begin() + static_cast<std::ptrdiff_t>(task * x_.hosts);
    least_[task] = *std::min_element(row, row + x_.hosts);
  }

  void raise_all(std::size_t task, double bytes) {
    if (!with_transfers_) {
      for (auto& r : ready_)
        r = std::max(r, least_[task]);
      return;
    }
    for (index h = 0; h < x_.hosts; ++h)
      ready_[h] = std::max(ready_[h], arrival(task, h, bytes));
  }

  /// Least end of the step as far as `v` is concerned.
  double end_of(index v) {
    const auto& p = *x_.source;
    double best = infinity;
    for (index h = 0; h < x_.hosts; ++h) {
      auto end = at(tasks_ - x_.nodes + v, h); // backward in training
      for (auto i : x_.results[v])
        end = std::max(
          end, at(v, h) + x_.transfer(h, p.driver, p.results[i].forward_bytes));
      best = std::min(best, end);
    }
    return best;
  }

  const instance& x_;
  std::size_t tasks_;
  bool with_transfers_;
  std::vector<double> f_;
  std::vector<double> least_; // over the hosts
  std::vector<double> ready_;
};

/// Price steps for the work bound.
class work_bound {
public:
  explicit work_bound(const instance& x)
    : x_(x), time_(std::size_t{x.groups} * x.hosts, infinity) {
    for (index g = 0; g < x.groups; ++g)
      for (index h = 0; h < x.hosts; ++h)
        if (x.may_run(g, h)) {
          double sum = 0.0;
          for (auto v : x.members[g])
            sum += x.forward(v, h) + x.backward(v, h);
          time_[std::size_t{g} * x.hosts + h] = sum;
        }
  }

  double run() {
    const auto& hosts = x_.source->hosts;
    std::vector<double> price(x_.hosts, 0.0);
    for (index h = 0; h < x_.hosts; ++h)
      price[h] = hosts[h].present ? 1.0 : 0.0;
    auto best = value(price);
    // Prices in proportion to speed, as far as one number tells the speed.
    for (index h = 0; h < x_.hosts; ++h) {
      double total = 0.0;
      for (index g = 0; g < x_.groups; ++g) {
        auto t = time_[std::size_t{g} * x_.hosts + h];
        total += t == infinity ? 0.0 : t;
      }
      price[h] = hosts[h].present && total > 0.0 ? 1.0 / total : 0.0;
    }
    best = std::max(best, value(price));
    auto steps = std::min(60.0, price_work / (1.0 + time_.size()));
    for (int step = 0; value_ > 0.0 && step < static_cast<int>(steps); ++step) {
      auto rate = 0.4 / (1.0 + 0.2 * step);
      for (index h = 0; h < x_.hosts; ++h) {
        auto excess = load_[h] / (hosts[h].workers * value_) - 1.0;
        price[h] *= 1.0 + rate * std::clamp(excess, -0.9, 2.0);
      }
      best = std::max(best, value(price));
    }
    return best;
  }

private:
  /// The bound for these prices, scaled to meet the condition on them;
  /// remembers it and the load that each host attracts.
  double value(std::vector<double>& price) {
    const auto& hosts = x_.source->hosts;
    double scale = 0.0;
    for (index h = 0; h < x_.hosts; ++h)
      scale += hosts[h].workers * price[h];
    load_.assign(x_.hosts, 0.0);
    value_ = 0.0;
    if (!(scale > 0.0) || scale == infinity)
      return 0.0;
    for (auto& y : price)
      y /= scale;
    for (index g = 0; g < x_.groups; ++g) {
      const auto* row = time_.data() + std::size_t{g} * x_.hosts;
      index host = none;
      double least = infinity;
      for (index h = 0; h < x_.hosts; ++h)
        if (row[h] != infinity && row[h] * price[h] < least) {
          host = h;
          least = row[h] * price[h];
        }
      load_[host] += row[host];
      value_ += least;
    }
    return value_;
  }

  const instance& x_;
  std::vector<double> time_;
  std::vector<double> load_;
  double value_ = 0;
};

/// Every parameter pays at least the round trips of its nearest host.
double commit_bound(const instance& x) {
  const auto& p = *x.source;
  if (!p.training)
    return 0.0;
  double slowest = 0.0;
  for (index v = 0; v < x.nodes; ++v) {
    if (!p.nodes[v].parameter)
      continue;
    double nearest = infinity;
    for (index h = 0; h < x.hosts; ++h)
      if (x.may_run(x.group_of[v], h))
        nearest = std::min(nearest, x.transfer(p.driver, h, 0.0)
                                      + x.transfer(h, p.driver, 0.0));
    slowest = std::max(slowest, nearest);
  }
  return p.commit_round_trips * slowest;
}

} // namespace

lower_bound bound(const instance& x) {
  auto commit = commit_bound(x);
  return {(path_bound{x}.run() + commit) * rounding,
          (work_bound{x}.run() + commit) * rounding};
}

} // namespace morph::placement
