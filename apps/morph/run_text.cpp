#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/run_text.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace morph::cli {

namespace {

std::string nodes_text(const run_report& x) {
  text_table out{{"node", "op", "host", "forward us", "backward us", "runs",
                  "skipped", "recomputed"}};
  for (auto& n : x.nodes)
    out.add({n.name, n.op, n.host, fixed(n.forward_seconds * 1e6, 1),
             fixed(n.backward_seconds * 1e6, 1), std::to_string(n.forward_runs),
             std::to_string(n.skipped), std::to_string(n.recomputed)});
  return out.str();
}

std::string links_text(const run_report& x) {
  text_table out{
    {"from", "to", "bytes", "frames", "not sent again", "latency us", "MB/s"}};
  for (auto& l : x.links)
    out.add({l.from, l.to, std::to_string(l.bytes), std::to_string(l.frames),
             std::to_string(l.elided), fixed(l.latency_seconds * 1e6, 0),
             fixed(l.bytes_per_second * 1e-6, 1)});
  return out.str();
}

std::string budgets_text(const run_report& x) {
  text_table out{{"host", "nodes", "peak bytes of forward values"}};
  for (auto& h : x.hosts)
    out.add(
      {h.name, std::to_string(h.nodes), std::to_string(h.forward_bytes_peak)});
  return out.str();
}

} // namespace

std::string to_text(const run_report& x) {
  auto out = nodes_text(x);
  if (!x.links.empty())
    out += "\n" + links_text(x);
  auto budgeted = std::any_of(x.hosts.begin(), x.hosts.end(),
                              [](auto& h) { return h.forward_bytes_peak > 0; });
  if (budgeted)
    out += "\n" + budgets_text(x);
  return out;
}

nlohmann::json to_json(const run_report& x) {
  auto nodes = nlohmann::json::array();
  for (auto& n : x.nodes)
    nodes.push_back({{"node", n.name},
                     {"op", n.op},
                     {"host", n.host},
                     {"forward_seconds", n.forward_seconds},
                     {"backward_seconds", n.backward_seconds},
                     {"forward_runs", n.forward_runs},
                     {"backward_runs", n.backward_runs},
                     {"skipped", n.skipped},
                     {"recomputed", n.recomputed}});
  auto links = nlohmann::json::array();
  for (auto& l : x.links)
    links.push_back({{"from", l.from},
                     {"to", l.to},
                     {"bytes", l.bytes},
                     {"frames", l.frames},
                     {"not_sent_again", l.elided},
                     {"latency_seconds", l.latency_seconds},
                     {"bytes_per_second", l.bytes_per_second}});
  auto hosts = nlohmann::json::array();
  for (auto& h : x.hosts)
    hosts.push_back({{"host", h.name},
                     {"nodes", h.nodes},
                     {"forward_bytes_peak", h.forward_bytes_peak}});
  return {{"nodes", nodes}, {"links", links}, {"hosts", hosts}};
}

uint64_t bytes_moved(const run_report& x) {
  uint64_t out = 0;
  for (auto& l : x.links)
    out += l.bytes;
  return out;
}

} // namespace morph::cli
