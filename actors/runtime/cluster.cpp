#include <morph/actors/host/host_actor.hpp>
#include <morph/actors/machine/stand_in.hpp>
#include <morph/actors/planning/budget.hpp>
#include <morph/actors/planning/placement_actor.hpp>
#include <morph/actors/runtime/actor_engine.hpp>
#include <morph/actors/runtime/ask.hpp>
#include <morph/actors/runtime/cluster.hpp>
#include <morph/actors/runtime/deployment_id.hpp>
#include <morph/actors/session/errand_lane.hpp>
#include <morph/actors/session/session_actor.hpp>
#include <morph/actors/task/actor_tasks.hpp>
#include <morph/graph/clock.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <caf/actor_system.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <mutex>

namespace morph {

/// Shared with engines, which may outlive the cluster object.
class cluster::impl : public std::enable_shared_from_this<impl> {
public:
  impl(caf::actor_system& sys, const cluster_options& options) : sys_(sys) {
    book_ = std::make_shared<address_book>();
    store_ = std::make_shared<object_store>(sys);
    events_ = std::make_shared<event_stream>(&sys);
    facts_.push_back({std::string{driver_name}, 1, placement::infinity,
                      known_user_nodes(), true, options.include_driver});
    links_.emplace_back();
  }

  ~impl() {
    close_links(sys_, {links_.begin() + 1, links_.end()});
    compat::stop(supervisor_);
  }

  void meet(const cluster_options& options) {
    supervisor_ = spawn_supervisor();
    link_options mine;
    // The name must differ from that of other drivers of the same hosts.
    mine.self.name = std::string{driver_name} + "-"
                     + std::to_string(compat::process_of(sys_)) + "-"
                     + std::to_string(next_deployment_id(sys_));
    own_name_ = mine.self.name;
    mine.book = book_;
    mine.control_handler = supervisor_;
    mine.supervisor = supervisor_;
    store_->serve(mine);
    for (auto& where : options.hosts) {
      auto up = unwrap(
        connect_and_wait(sys_, where, options.key, options.timeout, mine));
      for (auto& f : facts_)
        if (f.name == up.peer.name)
          throw failure{error{errc::duplicate_name,
                              "two hosts call themselves '" + f.name + "'"}};
      links_.push_back(up.link);
      addresses_.push_back(to_string(where));
      facts_.push_back({up.peer.name, std::max(1u, up.peer.workers),
                        placement::infinity, up.peer.node_types, false, true});
      events_->publish(host_joined{up.peer.name});
    }
    for (size_t a = 1; a < links_.size(); ++a)
      for (size_t b = a + 1; b < links_.size(); ++b) {
        unwrap(ask_host(sys_, links_[a], verb::meet,
                        pack(meet_body{facts_[b].name, addresses_[b - 1]})));
        unwrap(
          ask_host(sys_, links_[b], verb::await_peer, pack(facts_[a].name)));
      }
    if (links_.size() == 1)
      facts_[0].takes_nodes = true;
  }

  result<std::unique_ptr<engine>> deploy(deployment plan,
                                         const deploy_options& options);

  result<deployment> place(deployment plan, const caf::actor& placement,
                           int64_t extent) {
    plan.hosts.clear();
    for (auto& f : facts_)
      plan.hosts.push_back(f.name);
    plan.host_of.assign(plan.net.size(), 0);
    auto shared = std::make_shared<const deployment>(plan);
    auto x = ask_actor<placed>(sys_, placement, place_graph{shared, extent});
    if (!x)
      return fail(std::move(x.error()));
    if (!x->outcome)
      return fail(std::move(x->outcome.error()));
    static_cast<arrangement&>(plan) = std::move(x->outcome->where);
    return plan;
  }

  caf::actor make_placement(const deploy_options& options) {
    auto facts = facts_;
    if (options.forward_budget > 0)
      for (auto& f : facts)
        f.forward_budget = static_cast<double>(options.forward_budget);
    return spawn_placement(sys_, std::move(facts));
  }

  std::vector<host_link_readings> read_links();

  /// Sends something from one host to another, for its links to measure.
  void probe(size_t from, size_t to) {
    if (from >= links_.size() || to >= links_.size() || from == to)
      return;
    if (from == 0)
      probe_link(links_[to]);
    else
      compat::anon_send(links_[from],
                        control{0, 0, static_cast<uint16_t>(verb::probe_peer),
                                pack(to == 0 ? own_name_ : facts_[to].name)});
  }

  void watch(const caf::actor& session, std::shared_ptr<event_stream> events) {
    std::lock_guard guard{mutex_};
    sessions_.push_back({session, std::move(events)});
  }

  void unwatch(const caf::actor& session) {
    std::lock_guard guard{mutex_};
    std::erase_if(sessions_, [&](auto& x) { return x.actor == session; });
  }

  void lose(const link_down& x) {
    std::lock_guard guard{mutex_};
    for (uint16_t h = 1; h < links_.size(); ++h) {
      if (links_[h] != x.link)
        continue;
      auto what = error{errc::host_lost, "host '" + facts_[h].name
                                           + "' is lost: " + x.what.message};
      host_lost lost{facts_[h].name, {errc::host_lost, x.what.message}};
      events_->publish(lost);
      for (auto& s : sessions_) {
        compat::anon_send(s.actor, host_gone{h, what});
        if (s.events)
          s.events->publish(lost);
      }
    }
  }

  caf::actor spawn_supervisor() {
    return compat::spawn(sys_, [weak
                                = weak_from_this()](caf::event_based_actor*) {
      return caf::behavior{
        [](const link_up&) {
          // Whoever connects waits for it himself.
        },
        [weak](const link_down& x) {
          if (auto self = weak.lock())
            self->lose(x);
        },
        [](const control& x) {
          return refuse(x.request, error{errc::protocol_violation,
                                         "a driver takes no requests"});
        },
      };
    });
  }

  caf::actor_system& sys_;
  std::shared_ptr<address_book> book_;
  std::shared_ptr<object_store> store_;
  std::shared_ptr<event_stream> events_;
  std::vector<host_facts> facts_;
  std::vector<caf::actor> links_; // by host; null for this process
  std::vector<std::string> addresses_;
  std::string own_name_;
  caf::actor supervisor_;

private:
  struct watched {
    caf::actor actor;
    std::shared_ptr<event_stream> events;
  };

  std::mutex mutex_;
  std::vector<watched> sessions_;
};

namespace {

/// Asks the placement actor.
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

constexpr int64_t assumed_extent = 32;

} // namespace

result<std::unique_ptr<engine>> cluster::impl::deploy(
  deployment plan, const deploy_options& options) {
  plan.id = next_deployment_id(sys_);
  auto placement = make_placement(options);
  auto placed_plan = place(std::move(plan), placement, assumed_extent);
  if (!placed_plan)
    return fail(std::move(placed_plan.error()));
  for (uint16_t h = 1; h < links_.size(); ++h) {
    byte_writer f;
    auto x = [&]() -> result<blob> {
      if (auto ok = encode_deployment(for_host(*placed_plan, h), f); !ok)
        return fail(std::move(ok.error()));
      return ask_host(sys_, links_[h], verb::deploy, blob{f.take()});
    }();
    if (x)
      continue;
    // Take back what the hosts before have done.
    for (uint16_t k = 1; k < h; ++k)
      compat::anon_send(links_[k],
                        control{make_address(placed_plan->id, controller_node),
                                0,
                                static_cast<uint16_t>(verb::close),
                                {}});
    compat::stop(placement);
    return fail(std::move(x.error()));
  }
  auto advisor
    = std::make_unique<cluster_advisor<impl>>(shared_from_this(), placement,
                                              options.events, assumed_extent,
                                              options.forward_budget > 0);
  auto* raw = advisor.get();
  auto out = std::make_unique<actor_engine>(
    sys_, std::move(*placed_plan),
    actor_sites{links_, book_, store_, options.events}, std::move(advisor));
  raw->serve(out->session());
  return out;
}

std::vector<host_link_readings> cluster::impl::read_links() {
  std::vector<host_link_readings> out;
  host_link_readings own{std::string{driver_name}, {}};
  for (uint16_t h = 1; h < links_.size(); ++h) {
    if (auto x = ask_actor<link_stats>(sys_, links_[h], get_link_stats{}))
      own.links.push_back(read_link(*x));
    host_link_readings theirs{facts_[h].name, {}};
    if (auto x = ask_host(sys_, links_[h], verb::link_reports, {});
        x && unpack(*x, theirs.links)) {
      for (auto& link : theirs.links)
        if (link.peer == own_name_)
          link.peer = driver_name;
      out.push_back(std::move(theirs));
    }
  }
  out.push_back(std::move(own));
  return out;
}

cluster::cluster(caf::actor_system& sys, const cluster_options& options)
  : impl_(std::make_shared<impl>(sys, options)) {
  stand_in::register_type();
  impl_->meet(options);
  tasks_ = std::make_unique<actor_tasks>(sys, "cluster");
}

cluster::~cluster() {
  // nop
}

task_runtime& cluster::tasks() {
  return *tasks_;
}

result<std::unique_ptr<engine>> cluster::deploy(deployment plan,
                                                const deploy_options& options) {
  return impl_->deploy(std::move(plan), options);
}

caf::actor_system* cluster::actors() const noexcept {
  return &impl_->sys_;
}

const std::vector<host_facts>& cluster::hosts() const noexcept {
  return impl_->facts_;
}

result<std::string> cluster::plan_text(deployment plan,
                                       const deploy_options& options,
                                       int64_t extent) {
  auto placement = impl_->make_placement(options);
  auto x = impl_->place(std::move(plan), placement, extent);
  if (!x) {
    compat::stop(placement);
    return fail(std::move(x.error()));
  }
  auto text = ask_actor<explained>(
    impl_->sys_, placement,
    explain_placement{std::make_shared<const deployment>(*x)});
  compat::stop(placement);
  if (!text)
    return fail(std::move(text.error()));
  return std::move(text->text);
}

result<void> cluster::throttle(const std::string& from, const std::string& to,
                               uint64_t bytes_per_second) {
  auto index = [&](const std::string& name) {
    auto i = std::find_if(impl_->facts_.begin(), impl_->facts_.end(),
                          [&](auto& f) { return f.name == name; });
    return static_cast<size_t>(i - impl_->facts_.begin());
  };
  auto f = index(from);
  auto t = index(to);
  if (f >= impl_->facts_.size() || t >= impl_->facts_.size() || f == t)
    return fail(errc::unknown_host,
                "there is no link from '" + from + "' to '" + to + "'");
  if (f == 0) {
    compat::anon_send(impl_->links_[t], morph::throttle{bytes_per_second});
    return {};
  }
  auto peer = t == 0 ? impl_->own_name_ : to;
  auto x = ask_host(impl_->sys_, impl_->links_[f], verb::slow_down,
                    pack(throttle_body{peer, bytes_per_second}));
  if (!x)
    return fail(std::move(x.error()));
  return {};
}

event_stream& cluster::events() noexcept {
  return *impl_->events_;
}

object_store& cluster::store() noexcept {
  return *impl_->store_;
}

const address_book& cluster::addresses() const noexcept {
  return *impl_->book_;
}

std::vector<host_counts> cluster::counts() {
  auto& x = *impl_;
  std::vector<host_counts> out;
  auto own
    = ask_actor<store_counts>(x.sys_, x.store_->actor(), get_store_counts{});
  out.push_back(
    count_here(std::string{driver_name}, own ? *own : store_counts{}));
  for (size_t h = 1; h < x.links_.size(); ++h)
    if (auto reply = ask_host(x.sys_, x.links_[h], verb::count, {}))
      if (host_counts counts; unpack(*reply, counts))
        out.push_back(std::move(counts));
  return out;
}

std::vector<host_counts> cluster::left_behind(
  std::chrono::milliseconds patience) {
  compat::system_clock_scope time{impl_->sys_};
  auto deadline = now_ns() + std::chrono::nanoseconds{patience}.count();
  for (;;) {
    auto out = counts();
    if (std::all_of(out.begin(), out.end(), [](auto& x) { return x.empty(); })
        || now_ns() >= deadline)
      return out;
    compat::pause(impl_->sys_);
  }
}

void cluster::stop_hosts() {
  for (size_t h = 1; h < impl_->links_.size(); ++h)
    static_cast<void>(
      ask_host(impl_->sys_, impl_->links_[h], verb::stop_host, {}));
}

} // namespace morph
