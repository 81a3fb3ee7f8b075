#include "actors/placement/problems.hpp"

#include <morph/actors/placement/heft.hpp>
#include <morph/actors/placement/plan.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace morph::placement::test {

namespace {

/// A published instance. Its model: a transfer between different hosts takes
/// its weight, contention-free; hosts run one node at a time in any order.
struct published {
  std::string name;
  problem p;
  double best = 0; ///< optimal, or best known
};

enum class format { identical_hosts, times_per_host, times_and_links };

/// Reads sets of the form: a line `name hosts best nodes edges ...`, then the
/// times of each node, the edges `from to weight`, and, if links differ, a
/// matrix of seconds per unit.
std::vector<published> read(const std::string& path, format f) {
  std::ifstream in{path};
  std::vector<published> result;
  std::string line;
  auto next = [&] {
    std::getline(in, line);
    return std::istringstream{line};
  };
  while (std::getline(in, line)) {
    std::istringstream heading{line};
    published x;
    index hosts = 0;
    index nodes = 0;
    index edges = 0;
    heading >> x.name >> hosts >> x.best >> nodes >> edges;
    x.p = with_hosts(hosts, {0, 1, 0, 0});
    x.p.order = dispatch::rank;
    x.p.transfers = contention::none;
    for (index v = 0; v < nodes; ++v) {
      auto numbers = next();
      std::vector<double> times(hosts);
      numbers >> times[0];
      for (index h = 1; h < hosts; ++h)
        if (f == format::identical_hosts)
          times[h] = times[0];
        else
          numbers >> times[h];
      add_node(x.p, std::to_string(v), times);
    }
    for (index e = 0; e < edges; ++e) {
      auto numbers = next();
      index from = 0;
      index to = 0;
      double weight = 0;
      numbers >> from >> to >> weight;
      connect(x.p, from, to, weight);
    }
    if (f == format::times_and_links)
      for (index a = 0; a < hosts; ++a) {
        auto numbers = next();
        for (index b = 0; b < hosts; ++b) {
          double seconds = 0;
          numbers >> seconds;
          x.p.links[a * hosts + b].bandwidth
            = seconds > 0 ? 1 / seconds : infinity;
        }
      }
    if (x.best > 0)
      result.push_back(std::move(x));
  }
  return result;
}

struct summary {
  int instances = 0;
  int optimal = 0;
  double mean_gap = 0;
  double worst_gap = 0;
  double heft_gap = 0;
};

summary plan_all(const std::vector<published>& set) {
  summary s;
  for (const auto& known : set) {
    auto x = make_instance(known.p).value();
    auto plan = make_plan(x);
    INFO(known.name);
    REQUIRE(!find_violation(x, plan.hosts));
    CHECK(plan.bound.seconds() <= known.best * (1 + 1e-9));
    auto gap = plan.step_seconds() / known.best - 1;
    auto heft_hosts = heft(x, rank_order(x), contention::none);
    ++s.instances;
    s.optimal += gap < 1e-9;
    s.mean_gap += gap;
    s.worst_gap = std::max(s.worst_gap, gap);
    s.heft_gap += simulate(x, heft_hosts).makespan / known.best - 1;
  }
  s.mean_gap /= s.instances;
  s.heft_gap /= s.instances;
  return s;
}

const char* data_folder() {
  auto folder = std::getenv("MORPH_PLACEMENT_DATA");
  if (folder == nullptr)
    WARN("skipped: MORPH_PLACEMENT_DATA does not name the public sets");
  return folder;
}

} // namespace

TEST_CASE("plans of the Auckland set are near the proven optimum",
          "[placement][slow]") {
  auto folder = data_folder();
  if (folder == nullptr)
    return;
  auto set
    = read(std::string{folder} + "/auckland.txt", format::identical_hosts);
  REQUIRE(set.size() > 50);
  auto s = plan_all(set);
  WARN(s.instances << " graphs: mean gap " << 100 * s.mean_gap << " %, worst "
                   << 100 * s.worst_gap << " %, optimal " << s.optimal
                   << "; HEFT alone " << 100 * s.heft_gap << " %");
  CHECK(s.mean_gap <= 0.005);
  CHECK(s.worst_gap <= 0.10);
  CHECK(s.mean_gap < s.heft_gap / 10);
}

TEST_CASE("plans for unlike hosts and links are near the best known",
          "[placement][slow]") {
  auto folder = data_folder();
  if (folder == nullptr)
    return;
  auto hosts = plan_all(
    read(std::string{folder} + "/het_literature.txt", format::times_per_host));
  CHECK(hosts.instances > 3);
  CHECK(hosts.mean_gap <= 0.005);
  auto links = plan_all(
    read(std::string{folder} + "/dagbench.txt", format::times_and_links));
  CHECK(links.instances > 15);
  CHECK(links.mean_gap <= 0.005);
}

TEST_CASE("plans without communication are near the proven optimum",
          "[placement][slow]") {
  auto folder = data_folder();
  if (folder == nullptr)
    return;
  auto s
    = plan_all(read(std::string{folder} + "/stg.txt", format::identical_hosts));
  CHECK(s.instances > 50);
  CHECK(s.mean_gap <= 0.01);
}

} // namespace morph::placement::test
