// Asks the placement actor of a deployment on a cluster.
//
// Thread-safety: as `placement_advisor`.
#pragma once

#include <morph/actors/events/event_stream.hpp>
#include <morph/actors/planning/budget.hpp>
#include <morph/actors/planning/placement_actor.hpp>
#include <morph/actors/runtime/actor_engine.hpp>
#include <morph/actors/runtime/ask.hpp>
#include <morph/actors/session/errand_lane.hpp>
#include <morph/actors/session/session_actor.hpp>
#include <morph/graph/clock.hpp>

#include <caf/actor.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace morph {

/// `Impl` is that of the cluster.
template <class Impl>
class cluster_advisor final : public placement_advisor {
public:
  cluster_advisor(std::shared_ptr<Impl> owner, caf::actor placement,
                  std::shared_ptr<event_stream> events, int64_t extent,
                  bool budgeted)
    : owner_(std::move(owner)), placement_(std::move(placement)),
      events_(std::move(events)), extent_(extent), budgeted_(budgeted) {
    // nop
  }

  ~cluster_advisor() override {
    owner_->unwatch(session_);
    compat::stop(placement_);
  }

  void serve(const caf::actor& session) {
    session_ = session;
    owner_->watch(session, events_);
  }

  result<advice> advise(const deployment& now, const run_report& measured,
                        bool force) override {
    auto x = ask_actor<placed>(
      owner_->sys_, placement_,
      replace_graph{std::make_shared<const deployment>(now),
                    std::make_shared<const run_report>(measured),
                    owner_->read_links(), extent_, force});
    if (!x)
      return fail(std::move(x.error()));
    tell(owner_->facts_, events_.get(), x->changes);
    if (!x->outcome)
      return fail(std::move(x->outcome.error()));
    return advice{std::move(x->outcome->where), std::move(x->outcome->reason)};
  }

  std::string explain(const deployment& now) override {
    auto x = ask_actor<explained>(
      owner_->sys_, placement_,
      explain_placement{std::make_shared<const deployment>(now)});
    if (!x)
      return to_string(x.error());
    return x->text ? *x->text : to_string(x->text.error());
  }

  std::vector<link_report> read_links() override {
    std::vector<link_report> out;
    for (auto& host : owner_->read_links())
      for (auto& x : host.links)
        out.push_back({host.host, x.peer, x.frames, x.bytes, x.elided,
                       x.latency, x.bandwidth});
    return out;
  }

  bool due(double step_seconds) override {
    auto now = now_ns();
    watch_links(now);
    // Asking costs a round trip between threads: not for every step, but at
    // once where steps are not what they were.
    auto unusual = step_seconds > 1.5 * usual_ || 1.5 * step_seconds < usual_;
    if (!unusual && now - last_asked_ < 20'000'000)
      return false;
    last_asked_ = now;
    usual_ += (usual_ > 0 ? 0.1 : 1) * (step_seconds - usual_);
    auto x = ask_actor<bool>(owner_->sys_, placement_, step_took{step_seconds});
    return x && *x;
  }

  bool extent_changed(int64_t extent) override {
    // Costs are learned per size, so a plan holds for similar extents; a
    // budget of bytes does not.
    auto changed = budgeted_ ? needs_other_plan(extent_, extent)
                             : extent > 2 * extent_ || 2 * extent < extent_;
    if (changed)
      extent_ = extent;
    return changed;
  }

private:
  /// Publishes how links have changed.
  static void tell(const std::vector<host_facts>& hosts, event_stream* to,
                   const std::vector<link_change>& changes) {
    for (auto& x : changes)
      if (to && x.slower)
        to->publish(link_slowed{hosts[x.from].name, hosts[x.to].name,
                                x.latency_seconds, x.bytes_per_second});
      else if (to)
        to->publish(link_recovered{hosts[x.from].name, hosts[x.to].name,
                                   x.latency_seconds, x.bytes_per_second});
  }

  /// Now and then reads what links have measured, and lets those that carry
  /// nothing carry something: else they would not be seen to recover.
  void watch_links(int64_t now) {
    constexpr int64_t period = 300'000'000;
    if (now < next_look_ || looking_->exchange(true))
      return;
    next_look_ = now + period;
    lane_.run([owner = owner_, placement = placement_, events = events_,
               looking = looking_] {
      if (auto x = ask_actor<idle_links>(owner->sys_, placement,
                                         links_measured{owner->read_links()})) {
        tell(owner->facts_, events.get(), x->changes);
        for (auto& [from, to] : x->pairs)
          owner->probe(from, to);
      }
      *looking = false;
    });
  }

  std::shared_ptr<Impl> owner_;
  errand_lane lane_{owner_->sys_};
  caf::actor placement_;
  caf::actor session_;
  std::shared_ptr<event_stream> events_;
  int64_t extent_;
  bool budgeted_;
  int64_t last_asked_ = 0;
  int64_t next_look_ = 0;
  double usual_ = 0; // seconds per step
  std::shared_ptr<std::atomic<bool>> looking_
    = std::make_shared<std::atomic<bool>>(false);
};

} // namespace morph
