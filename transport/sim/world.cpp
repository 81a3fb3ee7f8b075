#include <morph/transport/sim/world.hpp>

#include <algorithm>
#include <cmath>

namespace morph::simulation {

namespace {

/// What is planned later than this is nothing to wait for.
constexpr int64_t patience = 3'600'000'000'000;

enum kind : uint64_t { job = 1, timer = 2 };

} // namespace

world::world(std::shared_ptr<simulation::schedule> choices)
  : schedule_(std::move(choices)) {
  // nop
}

world::~world() {
  for (auto i = processes_.rbegin(); i != processes_.rend(); ++i)
    (*i)->take_down();
}

process& world::add(std::string name, const process_options& x) {
  processes_.push_back(
    std::make_unique<process>(*this, processes_.size(), std::move(name), x));
  processes_.back()->scheduler().count_turns(turns_);
  return *processes_.back();
}

process* world::find(const std::string& name) noexcept {
  for (auto& x : processes_)
    if (x->name() == name)
      return x.get();
  return nullptr;
}

void world::plan(int64_t when, weight w, std::function<void()> f) {
  foreground_ += w == weight::foreground;
  plans_.emplace(moment{std::max(when, now()), ++planned_ever_},
                 planned{w, std::move(f)});
}

// -- what happens next ------------------------------------------------------------

bool world::step(int64_t limit) {
  if (alone_)
    return step_alone();
  for (;;) {
    if (fire_plan() || fire_timer() || run_job()) {
      ++events_run_;
      return true;
    }
    auto next = next_moment();
    if (next > limit || next == never) {
      if (limit != never)
        now_ = std::max(now_, limit);
      return false;
    }
    now_ = next;
  }
}

bool world::fire_plan() {
  if (plans_.empty() || plans_.begin()->first.first > now_)
    return false;
  auto x = plans_.extract(plans_.begin());
  foreground_ -= x.mapped().how == weight::foreground;
  x.mapped().what();
  return true;
}

bool world::fire_timer() {
  for (auto& x : processes_) {
    if (!x->runs() || x->next_timer() > now_)
      continue;
    note(x->name(), kind::timer, x->index(), [] { return "a timer"; });
    clock_scope scope{x.get()};
    x->scheduler().timers().trigger_expired_timeouts();
    return true;
  }
  return false;
}

bool world::run_job() {
  struct candidate {
    uint64_t turn;
    process* where;
    size_t index;
  };

  std::vector<candidate> all;
  for (auto& x : processes_) {
    if (!x->runs() || x->busy_until_ > now_)
      continue;
    auto& ready = x->scheduler().ready();
    for (size_t i = 0; i < ready.size(); ++i)
      if (held_ == 0 || !ready[i].blocks)
        all.push_back({ready[i].turn, x.get(), i});
  }
  if (all.empty())
    return false;
  std::sort(all.begin(), all.end(),
            [](auto& a, auto& b) { return a.turn < b.turn; });
  auto choice = schedule_->next_of(static_cast<uint32_t>(all.size()));
  auto& x = all[choice];
  auto words = [&] {
    return compat::describe(*x.where->scheduler().ready()[x.index].what);
  };
  schedule_->explain([&] {
    return x.where->name() + ": " + words() + ", before "
           + std::to_string(choice) + " others";
  });
  note(x.where->name(), kind::job,
       (x.where->index() << 32)
         ^ compat::id_of(*x.where->scheduler().ready()[x.index].what),
       words);
  run(*x.where, x.index);
  return true;
}

void world::run(process& x, size_t job) {
  auto* outer = std::exchange(active_, &x);
  auto outer_elapsed = std::exchange(elapsed_, 0);
  {
    clock_scope scope{&x};
    x.scheduler().run(job);
  }
  x.busy_until_ = now_ + elapsed_ + x.event_cost();
  active_ = outer;
  elapsed_ = outer_elapsed;
}

int64_t world::next_moment() const {
  auto out = plans_.empty() ? never : plans_.begin()->first.first;
  for (auto& x : processes_) {
    if (!x->runs())
      continue;
    out = std::min(out, x->next_timer());
    auto& ready = x->scheduler().ready();
    if (std::any_of(ready.begin(), ready.end(),
                    [&](auto& y) { return held_ == 0 || !y.blocks; }))
      out = std::min(out, std::max(x->busy_until_, now_));
  }
  return out == never ? out : std::max(out, now_);
}

/// True if nothing that is planned could change anything.
bool world::hopeless() const {
  if (foreground_ > 0 || (suspicion_ && suspicion_()))
    return false;
  return std::none_of(processes_.begin(), processes_.end(), [&](auto& x) {
    if (!x->runs())
      return false;
    if (auto next = x->next_timer(); next != never && next - now_ < patience)
      return true;
    auto& ready = x->scheduler().ready();
    return std::any_of(ready.begin(), ready.end(),
                       [&](auto& y) { return held_ == 0 || !y.blocks; });
  });
}

bool world::run_until(const std::function<bool()>& ready) {
  // Who waits inside of an event lets others run, and time pass.
  auto* outer = std::exchange(active_, nullptr);
  if (outer)
    now_ += std::exchange(elapsed_, 0);
  auto out = ready();
  while (!out && (alone_ || !hopeless()) && step())
    out = ready();
  active_ = outer;
  return out;
}

void world::run_for(std::chrono::nanoseconds x) {
  auto* outer = std::exchange(active_, nullptr);
  if (outer)
    now_ += std::exchange(elapsed_, 0);
  auto end = now_ + x.count();
  while (step(end))
    ; // until then
  active_ = outer;
}

// -- faults -----------------------------------------------------------------------

void world::freeze(process& x) {
  x.frozen_ = true;
}

void world::thaw(process& x) {
  x.frozen_ = false;
  for (auto& f : std::exchange(x.held_back_, {}))
    f();
}

void world::kill(process& x) {
  x.alive_ = false;
  x.held_back_.clear();
}

void world::alone(process& x, const std::function<void()>& f) {
  auto* outer = std::exchange(alone_, &x);
  auto* active = std::exchange(active_, nullptr);
  f();
  active_ = active;
  alone_ = outer;
}

bool world::step_alone() {
  auto& x = *alone_;
  if (!x.exists())
    return false;
  clock_scope scope{&x};
  auto& all = x.scheduler();
  if (!all.ready().empty()) {
    all.run(0);
    return true;
  }
  auto due = all.timers().next_due();
  if (!due)
    return false;
  x.ahead_ += std::max<int64_t>(*due - x.local(now_), 0);
  all.timers().trigger_expired_timeouts();
  return true;
}

// -- what has happened ----------------------------------------------------------

std::vector<std::string> world::pending() const {
  std::vector<std::string> out;
  for (auto& x : processes_) {
    if (!x->exists())
      continue;
    if (!x->alive_)
      out.push_back(x->name() + " is dead");
    else if (x->frozen_)
      out.push_back(x->name() + " is frozen");
    for (auto& y : x->scheduler().ready())
      out.push_back(x->name() + ": " + compat::describe(*y.what));
    if (auto next = x->next_timer(); next != never)
      out.push_back(x->name() + ": a timer in "
                    + std::to_string((next - now_) / 1'000'000) + " ms");
  }
  if (foreground_ > 0)
    out.push_back(std::to_string(foreground_)
                  + " messages or events are to come");
  for (auto& f : tellers_)
    for (auto& line : f())
      out.push_back(std::move(line));
  return out;
}

void world::mix(uint64_t x) noexcept {
  hash_ = (hash_ ^ x) * 0x100000001b3;
  hash_ ^= hash_ >> 29;
}

} // namespace morph::simulation
