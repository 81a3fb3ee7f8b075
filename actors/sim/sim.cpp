#include <morph/actors/host/host.hpp>
#include <morph/actors/host/node_actor.hpp>
#include <morph/actors/session/session_actor.hpp>
#include <morph/actors/sim/sim.hpp>

#include <algorithm>
#include <map>

namespace morph {

namespace {

constexpr std::string_view key = "simulated";

} // namespace

struct sim::impl {
  impl(const sim_options& options,
       std::shared_ptr<simulation::schedule> choices)
    : world(std::move(choices)), net(world, options.network) {
    world.keep_log(options.keep_log);
    net.set_line(net.any, net.any, options.line);
    add(std::string{cluster::driver_name}, options.host);
    cluster_options all;
    all.key = key;
    all.include_driver = options.include_driver;
    for (size_t i = 1; i <= options.hosts; ++i) {
      auto& p = add("a" + std::to_string(i), options.host);
      host_options offer;
      offer.name = p.name();
      offer.key = key;
      auto& h = hosts[p.name()] = std::make_unique<host>(p.system(), offer);
      all.hosts.push_back(h->where());
    }
    cluster_ = std::make_unique<morph::cluster>(driver().system(), all);
    world.add_teller([this] { return waits(); });
  }

  ~impl() {
    cluster_.reset();
    for (size_t i = world.size(); i-- > 0;)
      bury(world.at(i));
  }

  simulation::process& driver() {
    return world.at(0);
  }

  simulation::process& add(std::string name,
                           const simulation::process_options& x) {
    auto& out = world.add(std::move(name), x);
    out.connect_to(net);
    return out;
  }

  simulation::process& find(const std::string& name) {
    if (auto* x = world.find(name))
      return *x;
    throw failure{error{errc::unknown_host, "there is no host '" + name + "'"}};
  }

  void end(simulation::process& x, bool silently) {
    if (!x.alive())
      return;
    world.kill(x);
    net.abandon(x, silently);
    bury(x);
  }

  /// Takes apart what a process leaves.
  void bury(simulation::process& x) {
    if (!x.exists())
      return;
    world.kill(x);
    net.abandon(x, true);
    world.alone(x, [&] { hosts.erase(x.name()); });
    x.take_down();
  }

  /// What steps wait for, where somebody lives who could tell.
  std::vector<std::string> waits() {
    std::vector<std::string> out;
    if (!cluster_)
      return out;
    auto look = [&](const std::string& name, const address_book& book) {
      std::vector<std::string> lines;
      for (auto& [id, entry] : *book.all()) {
        tell_steps(entry->session, lines);
        for (auto& x : entry->nodes)
          tell_waits(x, lines);
      }
      for (auto& line : lines)
        out.push_back(name + ": " + line);
    };
    look(driver().name(), cluster_->addresses());
    for (auto& [name, x] : hosts)
      look(name, x->addresses());
    return out;
  }

  simulation::world world;
  simulation::network net;
  std::map<std::string, std::unique_ptr<host>> hosts;
  std::unique_ptr<morph::cluster> cluster_;
};

std::string to_string(const stall_report& x) {
  auto out = "after " + std::to_string(x.now.count() / 1'000'000) + " ms";
  for (auto& line : x.lines)
    out += "\n  " + line;
  return out;
}

sim::sim(const sim_options& options)
  : sim(options, std::make_shared<simulation::schedule>(options.seed,
                                                        options.liveliness)) {
  // nop
}

sim::sim(const sim_options& options,
         std::shared_ptr<simulation::schedule> choices)
  : impl_(std::make_unique<impl>(options, std::move(choices))) {
  // nop
}

sim::~sim() {
  // nop
}

result<std::unique_ptr<engine>> sim::deploy(deployment plan,
                                            const deploy_options& options) {
  return impl_->cluster_->deploy(std::move(plan), options);
}

task_runtime& sim::tasks() {
  return impl_->cluster_->tasks();
}

caf::actor_system* sim::actors() const noexcept {
  return &impl_->driver().system();
}

cluster& sim::cluster() noexcept {
  return *impl_->cluster_;
}

caf::actor_system& sim::system(const std::string& host) {
  auto& x = impl_->find(host);
  if (!x.exists())
    throw failure{error{errc::unknown_host, "'" + host + "' is dead"}};
  return x.system();
}

std::chrono::nanoseconds sim::now() const noexcept {
  return std::chrono::nanoseconds{impl_->world.now()};
}

void sim::run_for(std::chrono::nanoseconds x) {
  impl_->world.run_for(x);
}

bool sim::run_until(const std::function<bool()>& ready) {
  return impl_->world.run_until(ready);
}

stall_report sim::run_until_stalled() {
  static_cast<void>(impl_->world.run_until([] { return false; }));
  return pending();
}

stall_report sim::pending() {
  return {now(), impl_->world.pending()};
}

void sim::advance(std::chrono::nanoseconds x) {
  impl_->world.advance(x);
}

void sim::at(std::chrono::nanoseconds when, std::function<void()> f) {
  impl_->world.plan(when.count(), simulation::weight::foreground, std::move(f));
}

void sim::kill(const std::string& host) {
  impl_->end(impl_->find(host), false);
}

void sim::unplug(const std::string& host) {
  impl_->end(impl_->find(host), true);
}

void sim::freeze(const std::string& host) {
  impl_->world.freeze(impl_->find(host));
}

void sim::thaw(const std::string& host) {
  impl_->world.thaw(impl_->find(host));
}

void sim::slow(const std::string& host, double times) {
  impl_->find(host).set_slowness(times);
}

void sim::part(const std::string& a, const std::string& b) {
  part_one_way(a, b);
  part_one_way(b, a);
}

void sim::part_one_way(const std::string& from, const std::string& to) {
  impl_->net.part(impl_->find(from).index(), impl_->find(to).index());
}

void sim::heal(const std::string& a, const std::string& b) {
  auto i = impl_->find(a).index();
  auto j = impl_->find(b).index();
  impl_->net.heal(i, j);
  impl_->net.heal(j, i);
}

void sim::set_line(const std::string& from, const std::string& to,
                   const simulation::line_options& x) {
  impl_->net.set_line(impl_->find(from).index(), impl_->find(to).index(), x);
}

bool sim::chance(double probability, const std::string& what) {
  auto& choices = impl_->world.choices();
  auto out = choices.happens(probability);
  choices.explain([&] { return what; });
  return out;
}

uint32_t sim::pick(uint32_t n, const std::string& what) {
  auto& choices = impl_->world.choices();
  auto out = choices.level(n);
  choices.explain([&] { return what + ": " + std::to_string(out); });
  return out;
}

uint64_t sim::hash() const noexcept {
  return impl_->world.hash();
}

uint64_t sim::events() const noexcept {
  return impl_->world.events();
}

const std::vector<simulation::log_entry>& sim::log() const noexcept {
  return impl_->world.log();
}

} // namespace morph
