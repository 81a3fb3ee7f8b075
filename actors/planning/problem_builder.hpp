// From a deployment and what is known of hosts to the planner's problem. Pure.
#pragma once

#include <morph/actors/machine/deployment.hpp>
#include <morph/actors/machine/wiring.hpp>
#include <morph/actors/placement/cost_model.hpp>
#include <morph/actors/placement/problem.hpp>
#include <morph/actors/placement/remat.hpp>

#include <string>
#include <vector>

namespace morph {

/// What a plan may count on at a host.
struct host_facts {
  std::string name;
  uint32_t workers = 1;
  double forward_budget = placement::infinity; ///< Bytes.
  std::vector<std::string> node_types;         ///< User nodes it knows.
  bool is_driver = false;
  bool takes_nodes = true; ///< False: only what can run nowhere else.
};

/// A problem whose nodes are those that run somewhere.
struct planning_problem {
  placement::problem problem;
  std::vector<node_id> node_of;           ///< By planner's index.
  std::vector<placement::index> index_of; ///< By node id, or `none`.
};

/// The work of one forward run with dynamic extents as given.
placement::op_work forward_work(const graph& g, const graph_node& n,
                                int64_t extent);

/// The same for the backward half; about twice the flops of the forward.
placement::op_work backward_work(const graph& g, const graph_node& n,
                                 int64_t extent);

/// Bytes of a port's value with dynamic extents as given.
double port_bytes(const port_type& t, int64_t extent);

/// Which estimate of a duration a problem is made from.
enum class outlook : uint8_t { median, pessimistic };

/// Fails with MM0506 for a pin that names no host, MM0507 where no host knows
/// a node's type.
result<planning_problem> build_problem(const deployment& plan,
                                       const wiring& wires, int64_t extent,
                                       const std::vector<host_facts>& hosts,
                                       const placement::op_costs& costs,
                                       std::vector<placement::link> links,
                                       outlook view = outlook::median);

/// The planner's choice in terms of a deployment with so many nodes.
arrangement arrange(size_t nodes, const planning_problem& p,
                    const std::vector<placement::index>& hosts,
                    const placement::remat_plan& memory);

} // namespace morph
