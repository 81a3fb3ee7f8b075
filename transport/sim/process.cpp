#include <morph/transport/compat/config.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/sim/network.hpp>
#include <morph/transport/sim/world.hpp>

#include <algorithm>
#include <cmath>

namespace morph::simulation {

namespace {

/// Clocks start here, so that no time is 0 or less.
constexpr int64_t local_start = 1'000'000'000'000;

} // namespace

process::process(world& owner, size_t index, std::string name,
                 const process_options& options)
  : world_(owner), index_(index), name_(std::move(name)), options_(options),
    config_(std::make_unique<compat::simulated_config>(*this)) {
  configure_simulated(*config_);
  system_ = std::make_unique<caf::actor_system>(*config_);
}

process::~process() {
  take_down();
}

void process::take_down() {
  if (!system_)
    return;
  alive_ = false;
  world_.alone(*this, [this] {
    compat::stop(connector_);
    connector_ = nullptr;
    while (world_.step())
      ; // until all is still
    // What somebody still refers to ends with its last handle.
    system_->await_actors_before_shutdown(system_->registry().running() == 0);
    system_.reset();
  });
}

compat::simulated_scheduler& process::scheduler() const {
  return static_cast<compat::simulated_scheduler&>(system_->scheduler());
}

// -- time -------------------------------------------------------------------------

int64_t process::local(int64_t at) const noexcept {
  auto gained = static_cast<int64_t>(static_cast<double>(at) * options_.drift);
  return local_start + options_.skew.count() + at + gained + ahead_;
}

int64_t process::global(int64_t at) const noexcept {
  auto since = static_cast<double>(at - local_start - options_.skew.count());
  auto guess = static_cast<int64_t>(since / (1 + options_.drift));
  while (local(guess) < at)
    ++guess;
  return guess;
}

int64_t process::next_timer() const {
  auto due = scheduler().timers().next_due();
  return due ? global(*due) : world::never;
}

int64_t process::event_cost() const noexcept {
  return std::max<int64_t>(
    std::llround(static_cast<double>(options_.event_cost.count())
                 * options_.slowness),
    1);
}

int64_t process::read() noexcept {
  if (world_.active_ != this)
    return local(world_.now_);
  auto out = local(world_.now());
  world_.elapsed_ += event_cost();
  return out;
}

// -- simulated_system -------------------------------------------------------------

bool process::run_until(const std::function<bool()>& ready) {
  return world_.run_until(ready);
}

error process::why_stalled() {
  std::string text = "nothing can happen any more";
  for (auto& line : world_.pending())
    text += "\n  " + line;
  return {errc::stalled, std::move(text)};
}

void process::run_for(std::chrono::nanoseconds x) {
  world_.run_for(x);
}

clock_source& process::clock() noexcept {
  return *this;
}

result<uint16_t> process::publish(const caf::actor& whom, uint16_t port) {
  return network_->publish(*this, whom, port);
}

void process::unpublish(uint16_t port) {
  network_->unpublish(port);
}

caf::actor process::connector() {
  if (!connector_)
    connector_ = network_->spawn_connector(*this);
  return connector_;
}

uint32_t process::fresh_number() {
  return network_->fresh_number();
}

uint64_t process::process_id() const noexcept {
  return 1000 + index_;
}

void process::may_block(const caf::actor& x) {
  scheduler().mark_blocking(x);
}

void process::hold(int change) noexcept {
  world_.held_ += change;
}

} // namespace morph::simulation
