#include <morph/actors/host/host_actor.hpp>
#include <morph/actors/machine/stand_in.hpp>
#include <morph/actors/planning/placement_actor.hpp>
#include <morph/actors/remote/cluster_placer.hpp>
#include <morph/actors/runtime/actor_engine.hpp>
#include <morph/actors/runtime/ask.hpp>
#include <morph/actors/runtime/cluster.hpp>
#include <morph/actors/runtime/cluster_advisor.hpp>
#include <morph/actors/runtime/deployment_id.hpp>
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

  /// Branches go over the same links.
  std::shared_ptr<tasks::cluster_placer> make_placer(bool include_driver) {
    tasks::cluster_placer::lines lines;
    for (size_t h = 1; h < links_.size(); ++h)
      lines.push_back(std::make_unique<tasks::branch_line>(
        sys_, facts_[h].name, facts_[h].workers, links_[h]));
    auto out = std::make_shared<tasks::cluster_placer>(
      std::string{driver_name}, include_driver, std::move(lines));
    std::lock_guard guard{mutex_};
    placer_ = out;
    return out;
  }

  const tasks::cluster_placer& placer() const noexcept {
    return *placer_;
  }

  /// Takes what a host says of branches to whom it concerns.
  template <class T>
  void tell_line(const caf::actor& link, const T& x) {
    std::lock_guard guard{mutex_};
    for (size_t h = 1; placer_ && h < links_.size(); ++h)
      if (links_[h] == link)
        compat::anon_send(placer_->ways()[h - 1]->actor(), x);
  }

  void lose(const link_down& x) {
    tell_line(x.link, link_down{x.link, x.peer, x.what});
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
    return compat::spawn(sys_, [weak = weak_from_this()](
                                 caf::event_based_actor* self) {
      return caf::behavior{
        [](const link_up&) {
          // Whoever connects waits for it himself.
        },
        [weak](const link_down& x) {
          if (auto self = weak.lock())
            self->lose(x);
        },
        [weak, self](const control& x) {
          if (x.verb == static_cast<uint16_t>(verb::branches_done)) {
            if (auto me = weak.lock())
              me->tell_line(compat::sender(self), x);
            return;
          }
          compat::send(self, compat::sender(self),
                       refuse(x.request, error{errc::protocol_violation,
                                               "a driver takes no requests"}));
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
  std::shared_ptr<tasks::cluster_placer> placer_;
  std::vector<watched> sessions_;
};

namespace {

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
  tasks_->use(impl_->make_placer(options.include_driver));
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

std::string cluster::explain_branches() const {
  return impl_->placer().explain();
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
  auto tasks = tasks_->counts();
  out.back().branches
    = static_cast<uint64_t>(std::max<int64_t>(tasks.branches, 0));
  out.back().timers = static_cast<uint64_t>(std::max<int64_t>(tasks.timers, 0));
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
