#include <morph/actors/planning/budget.hpp>
#include <morph/actors/runtime/actor_engine.hpp>
#include <morph/actors/session/session_actor.hpp>
#include <morph/graph/clock.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <algorithm>
#include <condition_variable>
#include <future>

namespace morph {

namespace {

constexpr auto control_timeout = std::chrono::seconds(60);

} // namespace

/// One caller at a time, on the clock of the driver.
class actor_engine::turn {
public:
  explicit turn(actor_engine& x) : time_(x.sys_), guard_(&x.sys_, x.mutex_) {
    // nop
  }

private:
  compat::system_clock_scope time_;
  compat::cooperative_lock guard_;
};

placement_advisor::~placement_advisor() {
  // nop
}

/// Steps in flight and how long they have taken lately.
struct actor_engine::pulse {
  std::mutex mutex;
  std::condition_variable idle;
  uint64_t in_flight = 0;
  int64_t busy_since = 0; // of what is not in `busy` yet
  int64_t busy = 0;       // with steps in flight, since the last sample
  uint64_t finished = 0;  // since the last sample
  uint64_t all = 0;       // finished ever

  void enter() {
    std::lock_guard guard{mutex};
    if (in_flight++ == 0)
      busy_since = now_ns();
  }

  void leave() {
    std::lock_guard guard{mutex};
    auto now = now_ns();
    busy += now - busy_since;
    busy_since = now;
    ++finished;
    ++all;
    if (--in_flight == 0)
      idle.notify_all();
  }

  /// Fails where a simulation cannot go on.
  result<void> wait_until_idle(caf::actor_system& sys) {
    auto still = [this] {
      std::lock_guard guard{mutex};
      return in_flight == 0;
    };
    if (!compat::run_until(sys, still))
      return fail(compat::why_stalled(sys));
    std::unique_lock guard{mutex};
    idle.wait(guard, [&] { return in_flight == 0; });
    return {};
  }

  uint64_t steps() {
    std::lock_guard guard{mutex};
    return all;
  }

  /// Seconds per step that finished since the last call; 0 if none has.
  double sample() {
    std::lock_guard guard{mutex};
    if (finished == 0)
      return 0;
    auto out = static_cast<double>(busy) * 1e-9 / static_cast<double>(finished);
    busy = 0;
    finished = 0;
    return out;
  }
};

actor_engine::actor_engine(caf::actor_system& sys, deployment plan,
                           actor_sites sites,
                           std::unique_ptr<placement_advisor> advisor)
  : sys_(sys), sites_(std::move(sites)), advisor_(std::move(advisor)),
    pulse_(std::make_shared<pulse>()) {
  context_ = std::make_shared<part_context>(std::move(plan), 0);
  session_ = spawn_session(sys_, context_);
  controllers_.resize(context_->plan.hosts.size());
  for (size_t h = 1; h < controllers_.size(); ++h)
    controllers_[h] = sites_.links[h];
  controllers_[0] = spawn_part(sys_, {context_, sites_.links, session_, true,
                                      sites_.book, sites_.store});
  compat::anon_send(session_, set_controllers{controllers_});
}

actor_engine::~actor_engine() {
  turn mine{*this};
  // Where a simulation cannot go on, the steps end with their actors.
  static_cast<void>(pulse_->wait_until_idle(sys_));
  for (uint16_t h = 0; h < controllers_.size(); ++h)
    ask(h, verb::close);
  compat::stop(session_);
}

/// Lets the session know where nodes are: the actors here, links elsewhere.
void actor_engine::adopt(const part_context_ptr& context) {
  context->session = session_;
  auto local = sites_.book->all();
  auto entry = local->find(context->plan.id);
  auto& net = context->plan.net;
  context->actors.resize(net.size());
  for (auto& n : net.data()->nodes) {
    if (n.is(builtin::input))
      context->actors[n.id] = session_;
    else if (!runs_somewhere(n))
      continue;
    else if (auto h = context->plan.host_of[n.id]; h > 0)
      context->actors[n.id] = sites_.links[h];
    else
      context->actors[n.id] = entry->second->nodes[n.id];
  }
  context_ = context;
  compat::anon_send(session_, adopt_plan{context});
}

const deployment& actor_engine::plan() const {
  return context_->plan;
}

void actor_engine::submit(step_order order, step_callback done) {
  turn mine{*this};
  if (auto ok = keep_up_with(order); !ok) {
    done(fail(std::move(ok.error())));
    return;
  }
  copy_now_and_then();
  // The budget is that of one step.
  if (order.backward && context_->plan.memory != memory_rule::free)
    if (auto ok = pulse_->wait_until_idle(sys_); !ok) {
      done(fail(std::move(ok.error())));
      return;
    }
  pulse_->enter();
  auto callback
    = [done = std::move(done), pulse = pulse_](result<step_output> x) {
        done(std::move(x));
        pulse->leave();
      };
  compat::anon_send(session_,
                    submit_step{std::move(order),
                                std::make_shared<step_callback>(callback)});
}

result<void> actor_engine::keep_up_with(const step_order& order) {
  if (!advisor_)
    return {};
  auto& plan = context_->plan;
  // A prediction of another size does not change what training needs.
  auto planned_for = order.backward || !plan.has_backward();
  if (planned_for
      && advisor_->extent_changed(dynamic_extent(plan.net, order.feeds))) {
    if (auto x = replan_locked(true); !x)
      return fail(std::move(x.error()));
  } else if (auto s = pulse_->sample(); s > 0 && advisor_->due(s)) {
    // Without an answer the plan in force goes on.
    static_cast<void>(replan_locked(false));
  }
  return {};
}

result<blob> actor_engine::ask(uint16_t host, verb what, blob body) {
  auto answer = std::make_shared<std::promise<result<blob>>>();
  auto future = answer->get_future();
  compat::anon_send(
    session_,
    ask_part{host, what, std::move(body),
             std::make_shared<std::function<void(result<blob>)>>(
               [answer](result<blob> x) { answer->set_value(std::move(x)); })});
  auto ready = [&] {
    return future.wait_for(std::chrono::seconds{0})
           == std::future_status::ready;
  };
  if (!compat::run_until(sys_, ready))
    return fail(compat::why_stalled(sys_));
  if (future.wait_for(control_timeout) != std::future_status::ready)
    return fail(errc::timed_out,
                "host '" + context_->plan.hosts[host] + "' does not answer");
  return future.get();
}

result<void> actor_engine::tell_all(verb what, const blob& body) {
  for (uint16_t h = 0; h < controllers_.size(); ++h)
    if (auto x = ask(h, what, body); !x)
      return fail(std::move(x.error()));
  return {};
}

result<state_map> actor_engine::save_state() {
  turn mine{*this};
  if (auto ok = pulse_->wait_until_idle(sys_); !ok)
    return fail(std::move(ok.error()));
  auto now = collect_states();
  // Without all hosts, what was trained up to the last copy is what is left.
  if (!now && now.error().code == errc::host_lost && !last_copy_.empty())
    return last_copy_;
  return now;
}

result<state_map> actor_engine::collect_states() {
  state_map out;
  for (uint16_t h = 0; h < controllers_.size(); ++h) {
    auto x = ask(h, verb::save);
    state_bytes states;
    if (!x)
      return fail(std::move(x.error()));
    if (!unpack(*x, states))
      return fail(errc::protocol_violation, "malformed states");
    out.merge(states);
  }
  return out;
}

/// Copies all states here once in a while, so that the loss of a host costs
/// the steps since then and no more. It takes about a twentieth of the time.
void actor_engine::copy_now_and_then() {
  constexpr int64_t shortest_pause = 500'000'000;
  auto start = now_ns();
  if (controllers_.size() == 1 || !context_->plan.trains()
      || start < next_copy_)
    return;
  if (!pulse_->wait_until_idle(sys_))
    return;
  if (auto copy = collect_states())
    last_copy_ = std::move(*copy);
  auto end = now_ns();
  next_copy_ = end + std::max(shortest_pause, 20 * (end - start));
}

result<void> actor_engine::load_state(const state_map& xs) {
  turn mine{*this};
  if (auto ok = pulse_->wait_until_idle(sys_); !ok)
    return fail(std::move(ok.error()));
  return tell_all(verb::load, pack(xs));
}

result<void> actor_engine::assign(const assignment_map& xs) {
  turn mine{*this};
  if (auto ok = pulse_->wait_until_idle(sys_); !ok)
    return fail(std::move(ok.error()));
  for (auto& [n, x] : xs) {
    auto& node = context_->plan.net[n];
    if (!node.is(builtin::parameter))
      return fail(errc::unknown_name, "only parameters can be assigned");
    if (!accepts(node.outputs[0], x)) {
      auto e = error{errc::shape_mismatch, "cannot assign "
                                             + to_string(type_of(x)) + " to a "
                                             + to_string(node.outputs[0])};
      return fail(e.at(display_name(node), node.where()));
    }
  }
  return tell_all(verb::assign, pack(xs));
}

result<run_report> actor_engine::report() {
  turn mine{*this};
  auto out = report_locked();
  if (out && advisor_)
    out->links = advisor_->read_links();
  return out;
}

result<run_report> actor_engine::report_locked() {
  run_report out;
  auto& plan = context_->plan;
  for (uint16_t h = 0; h < controllers_.size(); ++h) {
    auto x = ask(h, verb::report);
    part_reading reading;
    if (!x)
      return fail(std::move(x.error()));
    if (!unpack(*x, reading))
      return fail(errc::protocol_violation, "malformed report");
    host_report host{plan.hosts[h], reading.nodes.size(), reading.peak_bytes,
                     reading.live_bytes};
    out.hosts.push_back(std::move(host));
    for (auto& n : reading.nodes) {
      if (n.node >= plan.net.size())
        continue;
      node_counters counters;
      counters.forward_runs = n.forward_runs;
      counters.backward_runs = n.backward_runs;
      counters.skipped = n.skipped;
      counters.recomputed = n.recomputed;
      counters.forward_ns = n.forward_ns;
      counters.backward_ns = n.backward_ns;
      out.nodes.push_back(
        make_report(plan.net[n.node], counters, plan.hosts[h]));
    }
  }
  std::sort(out.nodes.begin(), out.nodes.end(),
            [](auto& a, auto& b) { return b.node > a.node; });
  return out;
}

result<std::string> actor_engine::replan(bool force) {
  turn mine{*this};
  return replan_locked(force);
}

result<std::string> actor_engine::replan_locked(bool force) {
  if (!advisor_)
    return std::string{"there is one host: nothing to decide"};
  if (auto ok = pulse_->wait_until_idle(sys_); !ok)
    return fail(std::move(ok.error()));
  auto measured = report_locked();
  if (!measured)
    return fail(std::move(measured.error()));
  auto advice = advisor_->advise(context_->plan, *measured, force);
  if (!advice)
    return fail(std::move(advice.error()));
  if (advice->where == context_->plan)
    return advice->reason;
  tell_change(advice->where.host_of, advice->reason);
  if (auto ok = move_nodes(std::move(advice->where)); !ok)
    return fail(std::move(ok.error()));
  return advice->reason;
}

void actor_engine::tell_change(const std::vector<uint16_t>& host_of,
                               const std::string& reason) {
  if (!sites_.events)
    return;
  auto& plan = context_->plan;
  std::vector<node_moved> moves;
  for (auto& n : plan.net.data()->nodes)
    if (runs_somewhere(n) && host_of[n.id] != plan.host_of[n.id])
      moves.push_back({display_name(n), plan.hosts[plan.host_of[n.id]],
                       plan.hosts[host_of[n.id]]});
  sites_.events->publish(plan_changed{reason, moves.size(), pulse_->steps()});
  for (auto& x : moves)
    sites_.events->publish(std::move(x));
}

result<void> actor_engine::move_nodes(arrangement where) {
  auto& before = context_->plan;
  std::vector<state_bytes> arriving(controllers_.size());
  auto states = collect_states();
  if (!states)
    return fail(std::move(states.error()));
  for (auto& [n, bytes] : *states)
    if (auto& to = where.host_of; n < to.size() && to[n] != before.host_of[n])
      arriving[to[n]].emplace(n, std::move(bytes));
  auto plan = before;
  static_cast<arrangement&>(plan) = where;
  rewire_body body{std::move(where), {}, {}};
  for (uint16_t h = 0; h < controllers_.size(); ++h) {
    body.arriving = std::move(arriving[h]);
    body.user_nodes.clear();
    for (auto& n : plan.net.data()->nodes) {
      if (!n.user || plan.host_of[n.id] != h || before.host_of[n.id] == h)
        continue;
      byte_writer f;
      if (!n.user->save(f))
        return fail(errc::not_serialisable,
                    "'" + display_name(n) + "' cannot move");
      body.user_nodes[n.id] = {std::string{n.user->type_name()}, f.take()};
    }
    if (auto x = ask(h, verb::rewire, pack(body)); !x)
      return fail(std::move(x.error()));
  }
  auto accounts = context_->accounts;
  adopt(std::make_shared<part_context>(std::move(plan), 0, accounts));
  return {};
}

result<std::string> actor_engine::explain() {
  turn mine{*this};
  if (!advisor_)
    return std::string{"threads: all nodes are in this process"};
  return advisor_->explain(context_->plan);
}

void actor_engine::lose_host(uint16_t host, error what) {
  compat::anon_send(session_, host_gone{host, std::move(what)});
}

} // namespace morph
