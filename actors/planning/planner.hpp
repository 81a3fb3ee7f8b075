// What the placement actor knows and decides: costs learned from
// measurements, plans made with them, reasons for people.
//
// Thread-safety: none; the placement actor owns one.
#pragma once

#include <morph/actors/host/verbs.hpp>
#include <morph/actors/placement/cost_model.hpp>
#include <morph/actors/placement/explain.hpp>
#include <morph/actors/placement/link_model.hpp>
#include <morph/actors/placement/replan.hpp>
#include <morph/actors/planning/problem_builder.hpp>
#include <morph/actors/runtime/engine.hpp>

#include <string>
#include <utility>
#include <vector>

namespace morph {

/// What one host's links have measured since the last reading.
struct host_link_readings {
  std::string host;
  std::vector<link_reading> links;
};

/// Where nodes go, what they recompute, and why.
struct choice {
  arrangement where;
  std::string reason; ///< One sentence.
};

/// A link has become slower or faster for good; hosts by index.
struct link_change {
  size_t from = 0;
  size_t to = 0;
  bool slower = false;
  double latency_seconds = 0;
  double bytes_per_second = 0;
};

class planner {
public:
  explicit planner(std::vector<host_facts> hosts);

  /// Size of dynamic extents from now on.
  void set_extent(int64_t extent) noexcept {
    extent_ = extent;
  }

  /// Takes samples of nodes and links.
  void learn(const deployment& now, const run_report& nodes,
             const std::vector<host_link_readings>& links);

  /// Takes samples of links alone.
  void learn_links(const std::vector<host_link_readings>& links);

  /// Directed pairs of hosts whose links have not been measured for a while.
  std::vector<std::pair<size_t, size_t>> idle_links() const;

  /// Links that have changed since the last call.
  std::vector<link_change> take_changes() {
    return std::exchange(changes_, {});
  }

  /// A plan for a graph that is not deployed yet.
  result<choice> first_plan(const deployment& x);

  /// What should change; `force` plans anew even if nothing asks for it.
  result<choice> reconsider(const deployment& now, bool force);

  /// Takes the duration of a step; true if it is time to reconsider.
  bool step_done(double seconds);

  /// Where each node is, why, and what was considered, as text.
  result<std::string> explain(const deployment& now) const;

  /// The same as data.
  result<placement::plan_report> report(const deployment& now) const;

private:
  result<planning_problem> problem_for(const deployment& x, outlook view) const;
  size_t host_index(const std::string& name) const noexcept;
  bool add_samples(const std::vector<host_link_readings>& links);

  std::vector<host_facts> hosts_;
  placement::op_costs ops_;
  placement::link_costs links_;
  placement::replanner replanner_;
  // By host, whose counters these are: forward and backward runs by node.
  std::vector<std::vector<uint64_t>> runs_seen_;
  std::vector<link_change> changes_;
  int64_t extent_ = 32;
  bool unsettled_ = false; // the latest samples have raised an alarm
};

} // namespace morph
