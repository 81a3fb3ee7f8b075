#include <morph/actors/placement/explain.hpp>
#include <morph/actors/placement/text.hpp>

#include <algorithm>
#include <array>
#include <charconv>

namespace morph::placement {

namespace {

/// Changes below this fraction of the step time are no reason.
constexpr double negligible = 1e-3;
/// A cost that makes less than this part of a price does not decide it.
constexpr double decisive_part = 0.25;

std::vector<char> critical_nodes(const instance& x, const plan& p) {
  std::vector<char> critical(x.nodes, 0);
  for (auto task : p.predicted.critical_path)
    critical[task % x.nodes] = 1;
  return critical;
}

/// Something that a move changes, and by how much.
struct reason {
  std::string text;
  double seconds = 0;
};

/// Answers for single nodes of one plan.
class explainer {
public:
  explainer(const instance& x, const plan& p)
    : x_(x), p_(p), simulator_(x), hosts_(p.hosts),
      critical_(critical_nodes(x, p)) {
    // nop
  }

  double price(index v, index to) {
    auto g = x_.group_of[v];
    if (!x_.may_run(g, to))
      return infinity;
    assign(g, to);
    auto then = simulator_.run(hosts_, p_.cache.recompute);
    assign(g, p_.hosts[v]);
    return then - p_.step_seconds();
  }

  std::string explain(index v, bool with_prices) {
    auto why = rule(v);
    if (critical_[v])
      why = why.empty() ? "critical path" : "critical path; " + why;
    if (with_prices && choices(x_.group_of[v]) > 1)
      why += (why.empty() ? "" : "; ") + prices(v);
    return why.empty() ? "not critical" : why;
  }

private:
  void assign(index g, index h) {
    for (auto v : x_.members[g])
      hosts_[v] = h;
  }

  const std::string& host_name(index h) const {
    return x_.source->hosts[h].name;
  }

  std::size_t choices(index g) const {
    std::size_t n = 0;
    for (index h = 0; h < x_.hosts; ++h)
      n += x_.may_run(g, h);
    return n;
  }

  /// The rule that ties `v` to its host, if there is one.
  std::string rule(index v) const {
    const auto& info = x_.source->nodes[v];
    if (info.pinned != none)
      return "pinned to " + host_name(info.pinned);
    auto members = x_.members[x_.group_of[v]];
    if (info.keep_local && members.size() > 1)
      return "stays with '" + x_.source->nodes[producer(v)].name + "'";
    if (info.keep_local && !x_.feeds[v].empty())
      return "stays with the driver";
    if (choices(x_.group_of[v]) > 1)
      return {};
    if (members.size() > 1)
      return "stays with nodes that only " + host_name(p_.hosts[v])
             + " may run";
    return "only " + host_name(p_.hosts[v]) + " may run it";
  }

  index producer(index v) const {
    return x_.in[v].empty() ? v : x_.source->edges[x_.in[v].front()].from;
  }

  /// "h1 would cost +23.0 us (link h0->h1: 32.0 KiB take 21.0 us)", the
  /// nearest alternative first, at most two.
  std::string prices(index v) {
    struct offer {
      index host;
      double price;
    };

    std::vector<offer> offers;
    for (index h = 0; h < x_.hosts; ++h)
      if (h != p_.hosts[v] && x_.may_run(x_.group_of[v], h))
        offers.push_back({h, price(v, h)});
    std::stable_sort(offers.begin(), offers.end(),
                     [](offer a, offer b) { return a.price < b.price; });
    std::string text;
    for (std::size_t i = 0; i < std::min<std::size_t>(2, offers.size()); ++i) {
      auto [h, price] = offers[i];
      text += i == 0 ? "" : ", ";
      if (std::abs(price) <= negligible * p_.step_seconds()) {
        text += host_name(h) + " would do as well";
        continue;
      }
      text += host_name(h) + (price > 0.0 ? " would cost +" : " would save ")
              + text::seconds(std::abs(price));
      auto decisive = main_reason(v, h);
      if (price > 0.0 && decisive.seconds >= decisive_part * price)
        text += " (" + decisive.text + ")";
    }
    return text;
  }

  /// The largest of what a move to `to` would add: time to compute, or
  /// transfers over one link.
  reason main_reason(index v, index to) const {
    auto from = p_.hosts[v];
    auto slower = 0.0;
    for (auto w : x_.members[x_.group_of[v]])
      slower += x_.forward(w, to) + x_.backward(w, to) - x_.forward(w, from)
                - x_.backward(w, from);
    reason largest{"computes " + text::seconds(slower) + " longer", slower};
    auto now = traffic(v, from);
    auto then = traffic(v, to);
    for (index a = 0; a < x_.hosts; ++a)
      for (index b = 0; b < x_.hosts; ++b) {
        auto l = std::size_t{a} * x_.hosts + b;
        auto more = time_of(then[l], a, b) - time_of(now[l], a, b);
        if (more > largest.seconds)
          largest = {"link " + host_name(a) + "->" + host_name(b) + ": "
                       + text::bytes(then[l].bytes) + " take "
                       + text::seconds(time_of(then[l], a, b)),
                     more};
      }
    return largest;
  }

  struct flow {
    double bytes = 0;
    double messages = 0;
  };

  double time_of(const flow& f, index a, index b) const {
    auto l = std::size_t{a} * x_.hosts + b;
    return f.messages > 0.0
             ? f.messages * x_.latency[l] + f.bytes * x_.byte_seconds[l]
             : 0.0;
  }

  /// What the group of `v` would receive and send on each link if it ran on
  /// `host` and everything else stayed.
  std::vector<flow> traffic(index v, index host) const {
    const auto& p = *x_.source;
    std::vector<flow> flows(std::size_t{x_.hosts} * x_.hosts);
    auto add = [&](index from, index to, double bytes) {
      if (from == to || bytes == no_message)
        return;
      auto& f = flows[std::size_t{from} * x_.hosts + to];
      f.bytes += bytes;
      f.messages += 1.0;
    };
    auto add_both = [&](index from, index to, const auto& e) {
      add(from, to, e.forward_bytes);
      if (p.training)
        add(to, from, e.backward_bytes);
    };
    auto g = x_.group_of[v];
    for (auto w : x_.members[g]) {
      for (auto i : x_.in[w])
        if (x_.group_of[p.edges[i].from] != g)
          add_both(p_.hosts[p.edges[i].from], host, p.edges[i]);
      for (auto i : x_.out[w])
        if (x_.group_of[p.edges[i].to] != g)
          add_both(host, p_.hosts[p.edges[i].to], p.edges[i]);
      for (auto i : x_.feeds[w])
        add_both(p.driver, host, p.feeds[i]);
      for (auto i : x_.results[w])
        add_both(host, p.driver, p.results[i]);
    }
    return flows;
  }

  const instance& x_;
  const plan& p_;
  simulator simulator_;
  std::vector<index> hosts_;
  std::vector<char> critical_;
};

double bytes_out(const instance& x, const plan& p, index v) {
  double sum = 0.0;
  for (auto i : x.out[v])
    if (p.hosts[x.source->edges[i].to] != p.hosts[v])
      sum += x.source->edges[i].forward_bytes;
  for (auto i : x.results[v])
    if (x.source->driver != p.hosts[v])
      sum += x.source->results[i].forward_bytes;
  return sum;
}

/// Microseconds with one decimal.
std::string microseconds(double seconds) {
  std::array<char, 330> buffer;
  auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(),
                           seconds * 1e6, std::chars_format::fixed, 1);
  return {buffer.data(), end.ptr};
}

} // namespace

double price_of_moving(const instance& x, const plan& p, index v, index to) {
  return explainer{x, p}.price(v, to);
}

std::string explain(const instance& x, const plan& p, index v) {
  return explainer{x, p}.explain(v, true);
}

plan_report report(const instance& x, const plan& p, double work) {
  plan_report r;
  r.step_seconds = p.step_seconds();
  r.bound_seconds = p.bound.seconds();
  r.chosen = p.chosen;
  r.alternatives = p.alternatives;
  r.memory_fits = p.cache.fits();
  auto affordable = search_runs(x, {1, work, 0xffffffffu});
  auto with_prices = double{1} * x.nodes * x.hosts <= affordable;
  explainer e{x, p};
  auto critical = critical_nodes(x, p);
  for (index h = 0; h < x.hosts; ++h) {
    const auto& info = x.source->hosts[h];
    auto capacity = info.workers * p.step_seconds();
    r.hosts.push_back({info.name, 0,
                       capacity > 0.0 ? p.predicted.busy[h] / capacity : 0.0,
                       p.cache.hosts[h]});
  }
  for (index v = 0; v < x.nodes; ++v) {
    auto h = p.hosts[v];
    ++r.hosts[h].nodes;
    r.nodes.push_back({x.source->nodes[v].name, x.source->hosts[h].name,
                       x.forward(v, h), x.backward(v, h), bytes_out(x, p, v),
                       p.cache.recomputes(v), critical[v] != 0,
                       e.explain(v, with_prices)});
  }
  return r;
}

std::string to_text(const plan_report& r) {
  std::vector<std::vector<std::string>> rows;
  rows.push_back({"node", "host", "time us", "bytes out", "cache", "why"});
  for (const auto& n : r.nodes)
    rows.push_back(
      {n.node, n.host, microseconds(n.forward_seconds + n.backward_seconds),
       text::bytes(n.bytes_out), n.recompute ? "recompute" : "keep", n.why});
  auto out = text::table(rows, {2, 3});
  rows.clear();
  rows.push_back({"host", "nodes", "busy", "values", "budget", "recompute"});
  for (const auto& h : r.hosts)
    rows.push_back(
      {h.host, std::to_string(h.nodes), text::percent(h.busy_fraction),
       text::bytes(h.memory.peak_bytes), text::bytes(h.memory.budget_bytes),
       text::seconds(h.memory.recompute_seconds)});
  out += "\n" + text::table(rows, {1, 2, 3, 4, 5});
  for (const auto& h : r.hosts)
    if (!h.memory.fits())
      out += "host " + h.host + ": the least that was reached is "
             + text::bytes(h.memory.peak_bytes) + ", over its budget of "
             + text::bytes(h.memory.budget_bytes) + "\n";
  out += "\nstep " + text::seconds(r.step_seconds)
         + ", no plan takes less than " + text::seconds(r.bound_seconds)
         + ", chosen: " + r.chosen + "\n";
  rows.clear();
  for (const auto& a : r.alternatives)
    rows.push_back(
      {"  " + a.name,
       (a.exact ? "" : "at least ") + text::seconds(a.step_seconds),
       a.fits ? "" : "does not fit the memory"});
  return out + text::table(rows, {1});
}

} // namespace morph::placement
