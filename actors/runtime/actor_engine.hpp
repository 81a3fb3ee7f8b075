// A deployment run by actors: on this process alone, or on several hosts.
//
// Thread-safety: as `engine`.
#pragma once

#include <morph/actors/events/event_stream.hpp>
#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/host/verbs.hpp>
#include <morph/actors/runtime/engine.hpp>

#include <caf/actor.hpp>
#include <caf/actor_system.hpp>

#include <memory>
#include <mutex>
#include <vector>

namespace morph {

/// Where a deployment is about to run. Host 0 is this process.
struct actor_sites {
  std::vector<caf::actor> links; ///< By host of the plan; null for host 0.
  std::shared_ptr<address_book> book;
  std::shared_ptr<object_store> store;  ///< Of this process; may be null.
  std::shared_ptr<event_stream> events; ///< May be null.
};

/// What the engine asks of those who decide about placement.
class placement_advisor {
public:
  virtual ~placement_advisor();

  /// Where nodes should be now; an unchanged plan if nothing should move.
  struct advice {
    arrangement where;
    std::string reason;
  };

  virtual result<advice> advise(const deployment& now,
                                const run_report& measured, bool force)
    = 0;

  virtual std::string explain(const deployment& now) = 0;

  /// Traffic between hosts as their links have measured it.
  virtual std::vector<link_report> read_links() = 0;

  /// Takes what a step took since the last call; true if it is time to look
  /// whether measurements contradict the plan.
  virtual bool due(double step_seconds) = 0;

  /// Tells that dynamic extents have this size now; returns true if the plan
  /// must be made again for it.
  virtual bool extent_changed(int64_t extent) = 0;
};

class actor_engine final : public engine {
public:
  /// Takes over a deployment whose parts on other hosts exist already.
  actor_engine(caf::actor_system& sys, deployment plan, actor_sites sites,
               std::unique_ptr<placement_advisor> advisor);

  ~actor_engine() override;

  const deployment& plan() const override;
  void submit(step_order x, step_callback done) override;
  result<state_map> save_state() override;
  result<void> load_state(const state_map& xs) override;
  result<void> assign(const assignment_map& xs) override;
  result<run_report> report() override;
  result<std::string> replan(bool force) override;
  result<std::string> explain() override;

  /// The actor that runs the session's side of each step.
  const caf::actor& session() const noexcept {
    return session_;
  }

  /// Fails all steps in flight and to come: the host is lost.
  void lose_host(uint16_t host, error what);

private:
  struct pulse;
  class turn;

  result<blob> ask(uint16_t host, verb what, blob body = {});
  result<void> tell_all(verb what, const blob& body);
  result<std::string> replan_locked(bool force);
  void tell_change(const std::vector<uint16_t>& host_of,
                   const std::string& reason);
  result<void> move_nodes(arrangement where);
  result<run_report> report_locked();
  void adopt(const part_context_ptr& context);
  result<void> keep_up_with(const step_order& order);
  result<state_map> collect_states();
  void copy_now_and_then();

  caf::actor_system& sys_;
  actor_sites sites_;
  std::unique_ptr<placement_advisor> advisor_;
  std::mutex mutex_; // serialises control; steps only pass through it
  part_context_ptr context_;
  caf::actor session_;
  std::vector<caf::actor> controllers_;
  std::shared_ptr<pulse> pulse_;
  state_map last_copy_; // of all states, in case a host is lost
  int64_t next_copy_ = 0;
};

} // namespace morph
