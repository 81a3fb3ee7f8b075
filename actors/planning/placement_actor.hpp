// The placement actor: owns the planner of one deployment, takes measurements,
// answers where nodes shall be and why.
//
// Mailbox: the requests below.
#pragma once

#include <morph/actors/planning/planner.hpp>
#include <morph/transport/compat/messaging.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace morph {

/// Request: a plan for a graph that is not deployed; answered with `placed`.
struct place_graph {
  std::shared_ptr<const deployment> plan;
  int64_t extent = 32;
};

/// Request: takes measurements and reconsiders; answered with `placed`.
struct replace_graph {
  std::shared_ptr<const deployment> plan;
  std::shared_ptr<const run_report> nodes;
  std::vector<host_link_readings> links;
  int64_t extent = 32;
  bool force = false;
};

/// Request: takes what links have measured; answered with `idle_links`.
struct links_measured {
  std::vector<host_link_readings> links;
};

/// Directed pairs of hosts, by index, whose links carry nothing.
struct idle_links {
  std::vector<std::pair<size_t, size_t>> pairs;
  std::vector<link_change> changes; ///< Since the last answer of any kind.
};

struct placed {
  result<choice> outcome;
  std::vector<link_change> changes; ///< Since the last answer of any kind.
};

/// A step took this long; answered with true if it is time to reconsider.
struct step_took {
  double seconds = 0;
};

/// Request: why nodes are where they are; answered with `explained`.
struct explain_placement {
  std::shared_ptr<const deployment> plan;
};

struct explained {
  result<std::string> text;
};

caf::actor spawn_placement(caf::actor_system& sys,
                           std::vector<host_facts> hosts);

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::place_graph)
MORPH_LOCAL_MESSAGE(morph::replace_graph)
MORPH_LOCAL_MESSAGE(morph::links_measured)
MORPH_LOCAL_MESSAGE(morph::idle_links)
MORPH_LOCAL_MESSAGE(morph::placed)
MORPH_LOCAL_MESSAGE(morph::step_took)
MORPH_LOCAL_MESSAGE(morph::explain_placement)
MORPH_LOCAL_MESSAGE(morph::explained)
