#include <morph/actors/planning/placement_actor.hpp>

#include <caf/stateful_actor.hpp>

#include <optional>

namespace morph {

namespace {

struct placement_state {
  std::optional<planner> brain;
};

caf::behavior placement_behavior(
  caf::stateful_actor<placement_state>* self,
  const std::shared_ptr<std::vector<host_facts>>& hosts) {
  compat::state(self).brain.emplace(std::move(*hosts));
  auto brain = [self]() -> planner& { return *compat::state(self).brain; };
  return {
    [brain](const place_graph& x) {
      brain().set_extent(x.extent);
      return placed{brain().first_plan(*x.plan), {}};
    },
    [brain](const replace_graph& x) {
      brain().set_extent(x.extent);
      brain().learn(*x.plan, *x.nodes, x.links);
      auto outcome = brain().reconsider(*x.plan, x.force);
      return placed{std::move(outcome), brain().take_changes()};
    },
    [brain](const links_measured& x) {
      brain().learn_links(x.links);
      return idle_links{brain().idle_links(), brain().take_changes()};
    },
    [brain](const step_took& x) { return brain().step_done(x.seconds); },
    [brain](const explain_placement& x) {
      return explained{brain().explain(*x.plan)};
    },
  };
}

} // namespace

caf::actor spawn_placement(caf::actor_system& sys,
                           std::vector<host_facts> hosts) {
  return sys.spawn(placement_behavior,
                   std::make_shared<std::vector<host_facts>>(std::move(hosts)));
}

} // namespace morph
