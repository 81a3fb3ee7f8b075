#include <morph/actors/placement/simulate.hpp>

#include <algorithm>

namespace morph::placement {

namespace {

/// Orders a heap so that the earliest time, then the lowest number is on top.
struct later {
  template <class Event>
  bool operator()(const Event& a, const Event& b) const {
    return a.time != b.time ? a.time > b.time : a.id > b.id;
  }
};

struct less_urgent {
  template <class Ready>
  bool operator()(const Ready& a, const Ready& b) const {
    return a.key != b.key ? a.key > b.key : a.task > b.task;
  }
};

} // namespace

simulator::simulator(const instance& x)
  : x_(&x), tasks_(x.source->training ? 2 * x.nodes : x.nodes) {
  // nop
}

double simulator::run(std::span<const index> assignment,
                      std::span<const char> recompute) {
  reset(assignment, recompute);
  for (index task = 0; task < tasks_; ++task)
    if (missing_[task] == 0)
      make_ready(task);
  send_feeds();
  while (!events_.empty()) {
    auto now = events_.front().time;
    // Everything that happens now is known before a worker chooses.
    while (!events_.empty() && events_.front().time == now) {
      auto id = pop().id;
      index task = id < tasks_ ? id : id - tasks_;
      auto h = host_[task % x_->nodes];
      if (id < tasks_) {
        ++idle_[h];
        last_finished_[h] = task;
        finish(task, now);
      } else {
        auto key = x_->source->order == dispatch::rank ? -priority_[task]
                                                       : sequence_++;
        ready_[h].push_back({key, task});
        std::push_heap(ready_[h].begin(), ready_[h].end(), less_urgent{});
      }
      if (!touched_[h]) {
        touched_[h] = 1;
        to_dispatch_.push_back(h);
      }
    }
    for (auto h : to_dispatch_)
      dispatch_host(h, now);
    to_dispatch_.clear();
  }
  commit_ = commit_time();
  return makespan_ + commit_;
}

void simulator::reset(std::span<const index> assignment,
                      std::span<const char> recompute) {
  const auto& p = *x_->source;
  const std::size_t hosts = x_->hosts;
  host_.assign(assignment.begin(), assignment.end());
  missing_.assign(tasks_, 0);
  for (const auto& e : p.edges) {
    ++missing_[e.to];
    if (p.training && e.backward_bytes != no_message)
      ++missing_[x_->nodes + e.from];
  }
  if (p.training) {
    for (index v = 0; v < x_->nodes; ++v)
      ++missing_[x_->nodes + v]; // the node's own forward
    for (const auto& r : p.results)
      if (r.backward_bytes != no_message)
        ++missing_[x_->nodes + r.node];
  }
  for (const auto& f : p.feeds)
    ++missing_[f.node];
  set_durations(recompute);
  if (p.order == dispatch::rank)
    set_priorities();
  arrival_.assign(tasks_, 0.0);
  cause_.assign(tasks_, none);
  start_.assign(tasks_, 0.0);
  finish_.assign(tasks_, 0.0);
  events_.clear();
  ready_.resize(hosts);
  idle_.resize(hosts);
  for (std::size_t h = 0; h < hosts; ++h) {
    ready_[h].clear();
    idle_[h] = p.hosts[h].workers;
  }
  last_finished_.assign(hosts, none);
  touched_.assign(hosts, 0);
  link_free_.assign(hosts * hosts, 0.0);
  link_bytes_.assign(hosts * hosts, 0.0);
  link_messages_.assign(hosts * hosts, 0);
  sequence_ = 0;
  makespan_ = 0;
  last_ = none;
}

void simulator::set_durations(std::span<const char> recompute) {
  const auto& p = *x_->source;
  duration_.resize(tasks_);
  for (index v = 0; v < x_->nodes; ++v) {
    auto h = host_[v];
    duration_[v] = x_->forward(v, h);
    if (p.training)
      duration_[x_->nodes + v]
        = x_->backward(v, h)
          + (!recompute.empty() && recompute[v] ? x_->forward(v, h) : 0.0);
  }
  auto message = [&](index sender, index from, index receiver, index to) {
    const auto& l = p.links[std::size_t{from} * x_->hosts + to];
    if (from == to) {
      if (receiver != none)
        duration_[receiver] += p.hosts[to].hop_seconds;
      return;
    }
    if (sender != none)
      duration_[sender] += l.send_seconds;
    if (receiver != none)
      duration_[receiver] += l.receive_seconds;
  };
  for (const auto& e : p.edges) {
    message(e.from, host_[e.from], e.to, host_[e.to]);
    if (p.training && e.backward_bytes != no_message)
      message(x_->nodes + e.to, host_[e.to], x_->nodes + e.from, host_[e.from]);
  }
  // The driver's own share runs beside the step, not on its workers.
  for (const auto& f : p.feeds) {
    message(none, p.driver, f.node, host_[f.node]);
    if (p.training && f.backward_bytes != no_message)
      message(x_->nodes + f.node, host_[f.node], none, p.driver);
  }
  for (const auto& r : p.results) {
    message(r.node, host_[r.node], none, p.driver);
    if (p.training && r.backward_bytes != no_message)
      message(none, p.driver, x_->nodes + r.node, host_[r.node]);
  }
}

/// Longest way from the start of each task to the end of the step, with the
/// times of this assignment.
void simulator::set_priorities() {
  const auto& p = *x_->source;
  const auto n = x_->nodes;
  priority_.assign(duration_.begin(), duration_.end());
  auto raise = [this](index task, double rest) {
    priority_[task] = std::max(priority_[task], duration_[task] + rest);
  };
  if (p.training)
    for (auto v : x_->order)
      for (auto i : x_->out[v]) {
        const auto& e = p.edges[i];
        if (e.backward_bytes != no_message)
          raise(n + e.to, x_->transfer(host_[e.to], host_[v], e.backward_bytes)
                            + priority_[n + v]);
      }
  for (auto i = x_->order.rbegin(); i != x_->order.rend(); ++i) {
    auto v = *i;
    if (p.training)
      raise(v, priority_[n + v]);
    for (auto r : x_->results[v])
      raise(v, x_->transfer(host_[v], p.driver, p.results[r].forward_bytes));
    for (auto j : x_->in[v]) {
      const auto& e = p.edges[j];
      raise(e.from, x_->transfer(host_[e.from], host_[v], e.forward_bytes)
                      + priority_[v]);
    }
  }
}

void simulator::send_feeds() {
  const auto& p = *x_->source;
  double ready = 0.0;
  for (const auto& f : p.feeds) {
    auto h = host_[f.node];
    if (h != p.driver)
      ready += p.links[std::size_t{p.driver} * x_->hosts + h].send_seconds;
    arrive(f.node, send(p.driver, h, f.forward_bytes, ready), none);
  }
}

double simulator::send(index from, index to, double bytes, double now) {
  if (from == to)
    return now;
  auto l = std::size_t{from} * x_->hosts + to;
  auto begin = now;
  auto end = begin + bytes * x_->byte_seconds[l];
  if (x_->source->transfers == contention::per_link) {
    begin = std::max(now, link_free_[l]);
    end = begin + bytes * x_->byte_seconds[l];
    link_free_[l] = end;
  }
  link_bytes_[l] += bytes;
  ++link_messages_[l];
  return end + x_->latency[l];
}

void simulator::arrive(index task, double time, index cause) {
  if (time >= arrival_[task]) {
    arrival_[task] = time;
    cause_[task] = cause;
  }
  if (--missing_[task] == 0)
    make_ready(task);
}

void simulator::make_ready(index task) {
  push(arrival_[task], tasks_ + task);
}

void simulator::finish(index task, double now) {
  if (now >= makespan_) {
    makespan_ = now;
    last_ = task;
  }
  if (task < x_->nodes)
    finish_forward(task, now);
  else
    finish_backward(task - x_->nodes, now);
}

void simulator::finish_forward(index v, double now) {
  const auto& p = *x_->source;
  const auto n = x_->nodes;
  for (auto i : x_->out[v]) {
    const auto& e = p.edges[i];
    arrive(e.to, send(host_[v], host_[e.to], e.forward_bytes, now), v);
  }
  for (auto i : x_->results[v]) {
    const auto& r = p.results[i];
    auto time = send(host_[v], p.driver, r.forward_bytes, now);
    if (time >= makespan_) {
      makespan_ = time;
      last_ = v;
    }
    // A seed is sent at a time to come, so it does not queue with what is
    // sent now.
    if (p.training && r.backward_bytes != no_message)
      arrive(n + v, time + x_->transfer(p.driver, host_[v], r.backward_bytes),
             v);
  }
  if (p.training)
    arrive(n + v, now, v);
}

void simulator::finish_backward(index v, double now) {
  const auto& p = *x_->source;
  const auto n = x_->nodes;
  for (auto i : x_->in[v]) {
    const auto& e = p.edges[i];
    if (e.backward_bytes != no_message)
      arrive(n + e.from, send(host_[v], host_[e.from], e.backward_bytes, now),
             n + v);
  }
  for (auto i : x_->feeds[v]) {
    const auto& f = p.feeds[i];
    if (f.backward_bytes == no_message)
      continue;
    auto time = send(host_[v], p.driver, f.backward_bytes, now);
    if (time >= makespan_) {
      makespan_ = time;
      last_ = n + v;
    }
  }
}

void simulator::dispatch_host(index h, double now) {
  touched_[h] = 0;
  auto& queue = ready_[h];
  while (idle_[h] > 0 && !queue.empty()) {
    std::pop_heap(queue.begin(), queue.end(), less_urgent{});
    auto task = queue.back().task;
    queue.pop_back();
    --idle_[h];
    if (now > arrival_[task] && last_finished_[h] != none)
      cause_[task] = last_finished_[h]; // waited for a worker
    start_[task] = now;
    finish_[task] = now + duration_[task];
    push(finish_[task], task);
  }
}

double simulator::commit_time() const {
  const auto& p = *x_->source;
  if (!p.training || p.commit_round_trips == 0.0)
    return 0.0;
  double slowest = 0.0;
  for (index v = 0; v < x_->nodes; ++v)
    if (p.nodes[v].parameter)
      slowest = std::max(slowest, x_->transfer(p.driver, host_[v], 0.0)
                                    + x_->transfer(host_[v], p.driver, 0.0));
  return p.commit_round_trips * slowest;
}

void simulator::push(double time, index id) {
  events_.push_back({time, id});
  std::push_heap(events_.begin(), events_.end(), later{});
}

simulator::event simulator::pop() {
  std::pop_heap(events_.begin(), events_.end(), later{});
  auto top = events_.back();
  events_.pop_back();
  return top;
}

timeline simulator::details() const {
  timeline t;
  t.makespan = makespan_ + commit_;
  t.commit_seconds = commit_;
  t.busy.assign(x_->hosts, 0.0);
  for (index task = 0; task < tasks_; ++task) {
    auto& half = task < x_->nodes ? t.forward : t.backward;
    half.push_back({start_[task], finish_[task]});
    t.busy[host_[task % x_->nodes]] += duration_[task];
  }
  t.link_bytes = link_bytes_;
  t.link_messages = link_messages_;
  for (auto task = last_; task != none; task = cause_[task])
    t.critical_path.push_back(task);
  std::reverse(t.critical_path.begin(), t.critical_path.end());
  return t;
}

timeline simulate(const instance& x, std::span<const index> assignment,
                  std::span<const char> recompute) {
  simulator s{x};
  s.run(assignment, recompute);
  return s.details();
}

} // namespace morph::placement
