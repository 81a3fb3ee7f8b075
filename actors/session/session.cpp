#include <morph/actors/caf.hpp>
#include <morph/actors/planning/budget.hpp>
#include <morph/actors/session/lowering.hpp>
#include <morph/actors/session/session_lanes.hpp>
#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/mailbox.hpp>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>

namespace morph {

namespace {

/// Bytes of all values of one step when dynamic extents are `extent`.
uint64_t step_bytes(const graph& g, int64_t extent) {
  uint64_t sum = 0;
  for (auto& n : g.data()->nodes)
    for (auto& t : n.outputs) {
      if (!t.is_tensor())
        continue;
      uint64_t bytes = size_of(t.type());
      for (auto x : t.shape())
        bytes *= static_cast<uint64_t>(x == dyn ? extent : x);
      sum += bytes;
    }
  return sum;
}

} // namespace

/// Shared with the callbacks of steps in flight.
struct flight_control {
  explicit flight_control(caf::actor_system* sys) : system(sys) {
    // nop
  }

  caf::actor_system* system; // null: there are no actors
  std::mutex mutex;
  std::condition_variable changed;
  uint64_t steps = 0;
  uint64_t bytes = 0;
  uint64_t announced = 0;
  std::optional<error> first_failure;

  void enter(uint64_t n, const session_options& limits) {
    auto guard = wait([&] {
      return steps == 0
             || (steps < limits.max_steps_in_flight
                 && bytes + n <= limits.max_bytes_in_flight);
    });
    ++steps;
    bytes += n;
  }

  void leave(uint64_t n) {
    {
      std::lock_guard guard{mutex};
      --steps;
      bytes -= n;
    }
    changed.notify_all();
  }

  /// A step is on its way to `enter`.
  void announce() {
    std::lock_guard guard{mutex};
    ++announced;
  }

  void arrive() {
    {
      std::lock_guard guard{mutex};
      --announced;
    }
    changed.notify_all();
  }

  void note(const error& x) {
    std::lock_guard guard{mutex};
    if (!first_failure)
      first_failure = x;
  }

  /// REQUIRES: the caller keeps others from entering.
  void wait_until_idle() {
    static_cast<void>(wait([&] { return steps == 0; }));
  }

  /// Waits for all steps of which it was told; returns the first failure.
  std::optional<error> finish() {
    auto guard = wait([&] { return steps == 0 && announced == 0; });
    return std::exchange(first_failure, std::nullopt);
  }

  /// Waits for a condition; throws where a simulation cannot go on.
  template <class F>
  std::unique_lock<std::mutex> wait(F condition) {
    auto look = [&] {
      std::lock_guard guard{mutex};
      return condition();
    };
    if (system && !compat::run_until(*system, look))
      throw failure{compat::why_stalled(*system)};
    std::unique_lock guard{mutex};
    changed.wait(guard, condition);
    return guard;
  }
};

class session::impl {
public:
  impl(runtime* rt, std::unique_ptr<runtime> owned, const graph& g, objective o,
       const session_options& options)
    : owned_(std::move(owned)), runtime_(rt ? rt : owned_.get()), graph_(g),
      objective_(std::move(o)), options_(options) {
    lanes_ = std::make_shared<session_lanes>(runtime_->actors());
    events_ = std::make_shared<event_stream>(runtime_->actors());
    if (!objective_.losses.empty())
      deploy();
  }

  ~impl() {
    closing_ = true;
    try {
      auto guard = lock();
      flight_->wait_until_idle();
    } catch (const failure&) {
      // A simulation that cannot go on: the steps end with their actors.
    }
    service_.reset();
    lanes_->end();
  }

  void also(const std::vector<expr>& results) {
    auto guard = lock();
    auto before = results_.size();
    for (auto& x : results) {
      graph_.check_owner(x);
      if (std::find(results_.begin(), results_.end(), x) == results_.end())
        results_.push_back(x);
    }
    if (results_.size() != before || !engine_)
      deploy();
  }

  step_handle submit(const feeds& xs, bool backward,
                     const std::vector<expr>& wanted) {
    step_handle handle{runtime_->actors()};
    start(xs, backward, wanted, fulfilment(handle));
    return handle;
  }

  step_handle post(const feeds& xs, bool backward) {
    step_handle handle{runtime_->actors()};
    auto go = [this, handle, xs, backward] {
      auto done = fulfilment(handle);
      try {
        start(xs, backward, {}, done);
      } catch (const failure& e) {
        done(fail(e.value()), nullptr);
      }
      flight_->arrive();
    };
    flight_->announce();
    if (runtime_->actors())
      lanes_->gate().run(go);
    else
      go();
    return handle;
  }

  caf::actor service() {
    auto* sys = runtime_->actors();
    if (!sys)
      throw failure{
        error{errc::infeasible_plan, "a session that runs inline has no actor"}
          .remedy("give the session an actor runtime: "
                  "thread_runtime{system} or a cluster")};
    auto guard = lock();
    open();
    if (!service_)
      service_ = std::make_unique<step_service>(
        *sys, lanes_->gate(),
        [this](const step_request& x, step_service::callback done) {
          serve(x, done);
        });
    return service_->actor();
  }

  void finish() {
    auto first = flight_->finish();
    lanes_->drain();
    if (first)
      throw failure{std::move(*first)};
  }

  parameter_map parameters() {
    auto guard = lock();
    auto& e = open();
    flight_->wait_until_idle();
    auto states = unwrap(e.save_state());
    parameter_map out;
    auto& net = e.plan().net;
    for (auto& [n, bytes] : states) {
      if (!net[n].is(builtin::parameter))
        continue;
      byte_reader f{bytes};
      tensor x;
      if (f.apply(x))
        out.emplace(display_name(net[n]), std::move(x));
    }
    return out;
  }

  void assign(const parameter_map& xs) {
    auto guard = lock();
    auto& e = open();
    flight_->wait_until_idle();
    assignment_map out;
    for (auto& [name, x] : xs) {
      auto id = lowered_->new_id[graph_.find(name).ref().node];
      if (id)
        out.emplace(*id, x);
    }
    unwrap(e.assign(out));
  }

  event_stream& events() noexcept {
    return *events_;
  }

  engine& open() {
    check_open();
    if (!engine_)
      deploy();
    return *engine_;
  }

  void close() {
    closing_ = true;
    auto guard = lock();
    flight_->wait_until_idle();
    engine_.reset();
  }

  /// One caller at a time.
  compat::cooperative_lock lock() {
    return {runtime_->actors(), mutex_};
  }

private:
  using index = std::shared_ptr<const step_values::index>;
  using step_done = std::function<void(result<step_output>, const index&)>;

  /// What happens to a handle when its step has ended.
  step_done fulfilment(step_handle handle) {
    return [handle = std::move(handle), flight = flight_, lanes = lanes_,
            events = events_](result<step_output> x, const index& where) {
      if (!x) {
        flight->note(x.error());
        events->publish(step_failed{x.error()});
      }
      handle.fulfil(x ? result<step_values>{step_values{std::move(*x), where}}
                      : fail(std::move(x.error())),
                    [&](std::function<void()> f) {
                      lanes->behind_step(std::move(f));
                    });
    };
  }

  /// The gate that each step passes, whoever asks for it.
  void start(const feeds& xs, bool backward, const std::vector<expr>& wanted,
             step_done done) {
    check_open();
    auto guard = lock();
    auto& e = open();
    step_order order{{}, backward, {}};
    for (auto& x : xs)
      if (auto id = lowered_->new_id[x.target(graph_).ref().node])
        order.feeds.emplace_back(*id, x.payload());
    for (auto& x : wanted)
      order.wanted.push_back(
        static_cast<uint32_t>(where_->results.at(x.ref())));
    auto extent = dynamic_extent(e.plan().net, order.feeds);
    if (extent != last_extent_) {
      last_extent_ = extent;
      last_bytes_ = step_bytes(e.plan().net, extent);
    }
    auto bytes = last_bytes_;
    flight_->enter(bytes, options_);
    e.submit(std::move(order), [done = std::move(done), bytes, flight = flight_,
                                where = where_](result<step_output> x) {
      done(std::move(x), where);
      flight->leave(bytes);
    });
  }

  /// A step for CAF code, which gets its errors itself.
  void serve(const step_request& x, const step_service::callback& done) {
    try {
      feeds xs;
      for (auto& [name, payload] : x.feeds) {
        if (auto* y = payload ? payload.get_if<undecodable>() : nullptr) {
          auto e = y->why;
          throw failure{e.at(name, {})};
        }
        xs.emplace_back(name, payload);
      }
      start(xs, x.backward, {}, [done](result<step_output> y, const index&) {
        done(std::move(y));
      });
    } catch (const failure& e) {
      done(fail(e.value()));
    }
  }

  void check_open() const {
    if (closing_)
      throw failure{error{errc::session_closed, "the session is closed"}};
  }

  /// Deploys for the results wanted now; what nodes have learned moves along.
  void deploy() {
    check_open();
    flight_->wait_until_idle();
    auto next = unwrap(lower(graph_, results_, objective_));
    auto where = std::make_shared<const step_values::index>(next.where);
    std::optional<state_map> state;
    if (engine_) {
      auto old = unwrap(engine_->save_state());
      state.emplace();
      for (size_t n = 0; n < lowered_->new_id.size(); ++n)
        if (auto from = lowered_->new_id[n], to = next.new_id[n]; from && to)
          if (auto i = old.find(*from); i != old.end())
            state->emplace(*to, i->second);
    }
    auto fresh = unwrap(
      runtime_->deploy(next.plan, {.forward_budget = options_.forward_budget,
                                   .events = events_}));
    if (state)
      unwrap(fresh->load_state(*state));
    engine_ = std::move(fresh);
    lowered_ = std::move(next);
    where_ = std::move(where);
    last_extent_ = -1;
  }

  std::unique_ptr<runtime> owned_;
  runtime* runtime_;
  graph graph_;
  objective objective_;
  session_options options_;
  std::vector<expr> results_;
  std::optional<lowered> lowered_;
  std::shared_ptr<const step_values::index> where_;
  std::mutex mutex_;
  std::shared_ptr<flight_control> flight_
    = std::make_shared<flight_control>(runtime_->actors());
  std::unique_ptr<engine> engine_;
  int64_t last_extent_ = -1;
  uint64_t last_bytes_ = 0;
  std::atomic<bool> closing_{false};
  std::shared_ptr<session_lanes> lanes_;
  std::shared_ptr<event_stream> events_;
  std::unique_ptr<step_service> service_;
};

session::session(const graph& g, const objective& o,
                 const session_options& options)
  : session(std::make_unique<inline_runtime>(), g, o, options) {
  // nop
}

session::session(runtime& rt, const graph& g, const objective& o,
                 const session_options& options)
  : impl_(std::make_unique<impl>(&rt, nullptr, g, o, options)) {
  // nop
}

session::session(std::unique_ptr<runtime> rt, const graph& g,
                 const objective& o, const session_options& options)
  : impl_(std::make_unique<impl>(nullptr, std::move(rt), g, o, options)) {
  // nop
}

session::session(session&&) noexcept = default;
session& session::operator=(session&&) noexcept = default;

session::~session() {
  // nop
}

void session::also(std::vector<expr> results) {
  impl_->also(results);
}

step_handle session::submit(const feeds& xs, bool backward) {
  return impl_->submit(xs, backward, {});
}

step_handle session::post(const feeds& xs, bool backward) {
  return impl_->post(xs, backward);
}

step_handle session::predict(const feeds& xs,
                             const std::vector<expr>& results) {
  also(results);
  return impl_->submit(xs, false, results);
}

void session::finish() {
  impl_->finish();
}

parameter_map session::parameters() {
  return impl_->parameters();
}

void session::assign(const parameter_map& xs) {
  impl_->assign(xs);
}

event_stream& session::events() {
  return impl_->events();
}

run_report session::report() {
  auto guard = impl_->lock();
  return unwrap(impl_->open().report());
}

std::string session::replan(bool force) {
  auto guard = impl_->lock();
  return unwrap(impl_->open().replan(force));
}

std::string session::explain() {
  auto guard = impl_->lock();
  return unwrap(impl_->open().explain());
}

const deployment& session::plan() {
  auto guard = impl_->lock();
  return impl_->open().plan();
}

void session::close() {
  impl_->close();
}

caf::actor actor_of(session& x) {
  return x.impl_->service();
}

} // namespace morph
