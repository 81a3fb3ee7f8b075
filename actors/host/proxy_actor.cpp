#include <morph/actors/host/actor_node.hpp>
#include <morph/actors/host/actor_outlet.hpp>
#include <morph/actors/host/live_count.hpp>
#include <morph/actors/host/node_actor.hpp>
#include <morph/actors/host/proxy_actor.hpp>
#include <morph/graph/clock.hpp>
#include <morph/graph/type_name.hpp>
#include <morph/transport/compat/monitor.hpp>

#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>

#include <algorithm>
#include <map>

namespace morph {

namespace {

/// What the proxy knows of one step.
struct proxy_step {
  uint32_t arrived = 0; // inputs, the begin of the step, the turn
  uint32_t answered = 0;
  uint32_t outstanding = 0; // recalled inputs that have not come yet
  bool wants_backward = false;
  bool begun = false;
  bool fired = false;
  bool forward_done = false;
  bool pulled = false;
  std::vector<value> in;
  std::vector<value> cotangents;
};

struct proxy_state;
using proxy = caf::stateful_actor<proxy_state>;

struct proxy_state {
  part_context_ptr context;
  node_id id = 0;
  std::map<uint64_t, proxy_step> steps;
  std::deque<uint64_t> cancelled;
  live_count alive;

  const graph_node& node() const {
    return context->plan.net[id];
  }

  const actor_node& behind() const {
    return static_cast<const actor_node&>(*node().user);
  }

  std::span<const in_edge> ins() const {
    return context->wires.inputs(id);
  }

  std::span<const out_edge> outs() const {
    return context->wires.consumers(id);
  }

  node_counters& counters() const {
    return context->accounts->counters[id];
  }

  /// Null unless this input's value counts as a forward value.
  value_ledger* ledger_of(const proxy_step& x, size_t port) const {
    auto accounted
      = context->plan.memory != memory_rule::free && x.wants_backward
        && !context->plan.net[ins()[port].from.node].inputs.empty();
    return accounted ? &context->accounts->ledger : nullptr;
  }
};

actor_outlet<proxy> outlet_of(proxy* self) {
  auto& s = compat::state(self);
  return {self, *s.context, s.id};
}

bool is_cancelled(const proxy_state& s, uint64_t step) {
  return std::find(s.cancelled.begin(), s.cancelled.end(), step)
         != s.cancelled.end();
}

proxy_step* find(proxy_state& s, uint64_t step) {
  auto i = s.steps.find(step);
  return i == s.steps.end() ? nullptr : &i->second;
}

proxy_step& find_or_make(proxy_state& s, uint64_t step) {
  auto [i, is_new] = s.steps.try_emplace(step);
  auto& x = i->second;
  if (is_new) {
    auto ins = s.ins();
    x.in.resize(ins.size());
    x.cotangents.resize(s.outs().size());
    for (size_t k = 0; k < ins.size(); ++k)
      if (ins[k].bound)
        x.in[k]
          = s.context->plan.net[ins[k].from.node].attrs.get<tensor>("value");
  }
  return x;
}

void hold(proxy_state& s, proxy_step& x, size_t port, value v) {
  if (auto* ledger = s.ledger_of(x, port))
    ledger->hold(v);
  x.in[port] = std::move(v);
}

void release(proxy_state& s, proxy_step& x, size_t port) {
  if (s.ins()[port].bound)
    return;
  if (auto* ledger = s.ledger_of(x, port))
    ledger->release(x.in[port]);
  x.in[port] = nullptr;
}

void drop(proxy_state& s, uint64_t step) {
  if (auto* x = find(s, step)) {
    for (size_t k = 0; k < x->in.size(); ++k)
      release(s, *x, k);
    s.steps.erase(step);
  }
}

void cancel(proxy_state& s, uint64_t step) {
  // Late messages of the step may still come; far fewer steps are in flight.
  constexpr size_t most_remembered = 64;
  if (is_cancelled(s, step))
    return;
  s.cancelled.push_back(step);
  if (s.cancelled.size() > most_remembered)
    s.cancelled.pop_front();
  drop(s, step);
}

void fail_step(proxy* self, uint64_t step, error e) {
  auto& s = compat::state(self);
  e.at(display_name(s.node()), s.node().where());
  cancel(s, step);
  outlet_of(self).failed(step, std::move(e));
}

std::string type_names(const std::vector<value>& xs) {
  std::string out;
  for (auto& x : xs)
    if (x)
      out += (out.empty() ? "'" : ", '") + readable_type(x.type().name) + "'";
  return out;
}

error no_answer(const char* request, const std::vector<value>& values,
                const caf::error& why) {
  auto text = std::string{"the actor answered '"} + request
              + "' with: " + compat::render(why);
  if (why == caf::sec::request_timeout)
    return {errc::timed_out, std::move(text)};
  if (compat::is_remote_loss(why))
    return {errc::host_lost, std::move(text)};
  // What a process cannot read reaches its actors as an empty message.
  if (why == caf::sec::unexpected_message)
    return error{errc::not_serialisable,
                 std::move(text)
                   + "; it does not handle this request, or its process does "
                     "not know the type of one of the values: "
                   + type_names(values)}
      .remedy("handle the request, and call value_type_of<T>() for these types "
              "in the actor's process");
  return {errc::node_failed, std::move(text)};
}

/// The error of a value that this process could not read; null if it could.
const error* unreadable(const value& x) {
  auto* y = x ? x.get_if<undecodable>() : nullptr;
  return y ? &y->why : nullptr;
}

result<void> check_outputs(const graph_node& n, const std::vector<value>& xs) {
  if (xs.size() != n.outputs.size())
    return fail(errc::wrong_arity,
                "the actor answered with " + std::to_string(xs.size())
                  + " values for " + std::to_string(n.outputs.size())
                  + " outputs");
  for (size_t i = 0; i < xs.size(); ++i)
    if (auto* why = unreadable(xs[i]))
      return fail(*why);
    else if (!accepts(n.outputs[i], xs[i]))
      return fail(errc::type_mismatch,
                  "output " + std::to_string(i) + " is "
                    + (xs[i] ? to_string(type_of(xs[i])) : "none")
                    + ", declared as " + to_string(n.outputs[i]));
  return {};
}

result<void> check_cotangents(const std::vector<value>& in,
                              const std::vector<value>& xs) {
  if (xs.size() != in.size())
    return fail(errc::bad_derivative_rule,
                "the actor answered with " + std::to_string(xs.size())
                  + " cotangents for " + std::to_string(in.size()) + " inputs");
  for (size_t i = 0; i < xs.size(); ++i)
    if (auto* why = unreadable(xs[i]))
      return fail(*why);
    else if (xs[i] && !(type_of(xs[i]) == type_of(in[i])))
      return fail(errc::bad_derivative_rule,
                  "the cotangent of input " + std::to_string(i) + " is "
                    + to_string(type_of(xs[i])) + ", the input "
                    + to_string(type_of(in[i])));
  return {};
}

/// Values for an actor in another process must be able to go there.
result<void> check_can_travel(const proxy_state& s,
                              const std::vector<value>& xs) {
  auto& whom = s.behind().whom();
  if (whom.node() == whom.home_system().node())
    return {};
  for (auto& x : xs)
    if (x && !x.type().encode)
      return fail(errc::not_serialisable,
                  "the actor is in another process, to which a value of type '"
                    + x.type().name + "' cannot go");
  return {};
}

void answer(proxy* self, uint64_t step, std::vector<value> gradients) {
  auto& s = compat::state(self);
  drop(s, step);
  auto out = outlet_of(self);
  auto ins = s.ins();
  gradients.resize(ins.size());
  for (uint32_t i = 0; i < ins.size(); ++i)
    if (ins[i].answers)
      out.backward(i, step, {std::move(gradients[i]), step, 0});
  if (s.context->wires.differentiates(s.node()))
    out.pass_turn(pass_direction::backward, step);
}

void pull_back(proxy* self, uint64_t step, proxy_step& x) {
  auto& s = compat::state(self);
  std::vector<value> sums(s.node().outputs.size());
  auto outs = s.outs();
  for (size_t i = 0; i < outs.size(); ++i) {
    auto& sum = sums[outs[i].port];
    auto next = add_values(sum, x.cotangents[i]);
    if (!next)
      return fail_step(self, step, std::move(next.error()));
    sum = std::move(*next);
  }
  if (auto ok = check_can_travel(s, sums); !ok)
    return fail_step(self, step, std::move(ok.error()));
  x.pulled = true;
  s.counters().backward_runs.fetch_add(1, std::memory_order_relaxed);
  auto start = now_ns();
  compat::request(self, s.behind().whom(), s.behind().timeout(),
                  node_pullback{step, x.in, std::move(sums)})
    .then(
      [self, step, start](node_values& y) {
        auto& t = compat::state(self);
        auto* now = find(t, step);
        if (!now)
          return; // cancelled meanwhile
        t.counters().backward_ns.store(static_cast<uint32_t>(now_ns() - start),
                                       std::memory_order_relaxed);
        if (auto ok = check_cotangents(now->in, y.values); !ok)
          fail_step(self, step, std::move(ok.error()));
        else
          answer(self, step, std::move(y.values));
      },
      [self, step](const caf::error& why) {
        if (auto* now = find(compat::state(self), step))
          fail_step(self, step, no_answer("node_pullback", now->in, why));
      });
}

void try_backward(proxy* self, uint64_t step, proxy_step& x) {
  auto& s = compat::state(self);
  auto outs = s.outs();
  auto answers
    = std::count_if(outs.begin(), outs.end(), [](auto& e) { return e.answers; })
      + s.context->wires.awaits_turn(s.id, pass_direction::backward);
  if (!x.forward_done || x.pulled || x.outstanding > 0 || x.answered != answers)
    return;
  if (std::none_of(x.cotangents.begin(), x.cotangents.end(),
                   [](auto& y) { return static_cast<bool>(y); }))
    return answer(self, step, {});
  for (auto& v : x.in)
    x.outstanding += v ? 0 : 1;
  if (x.outstanding == 0)
    return pull_back(self, step, x);
  auto out = outlet_of(self);
  for (uint32_t i = 0; i < x.in.size(); ++i)
    if (!x.in[i])
      out.recall(i, step);
}

void send_results(proxy* self, uint64_t step, const std::vector<value>& ys) {
  auto& s = compat::state(self);
  auto& x = *find(s, step);
  x.forward_done = true;
  auto out = outlet_of(self);
  auto outs = s.outs();
  uint8_t flags = x.wants_backward ? flag::backward : 0;
  for (uint32_t i = 0; i < outs.size(); ++i)
    out.forward(i, step, {ys[outs[i].port], step, flags});
  if (!x.wants_backward)
    return drop(s, step);
  if (!s.context->wires.differentiates(s.node())) {
    answer(self, step, {});
  } else {
    for (size_t i = 0; i < x.in.size(); ++i)
      if (s.ins()[i].drops)
        release(s, x, i);
    try_backward(self, step, x);
  }
  out.pass_turn(pass_direction::forward, step);
}

void fire(proxy* self, uint64_t step, proxy_step& x) {
  auto& s = compat::state(self);
  if (auto ok = check_can_travel(s, x.in); !ok)
    return fail_step(self, step, std::move(ok.error()));
  x.fired = true;
  s.counters().forward_runs.fetch_add(1, std::memory_order_relaxed);
  auto start = now_ns();
  compat::request(self, s.behind().whom(), s.behind().timeout(),
                  node_fire{step, x.in})
    .then(
      [self, step, start](const node_values& y) {
        auto& t = compat::state(self);
        if (!find(t, step))
          return; // cancelled meanwhile
        t.counters().forward_ns.store(static_cast<uint32_t>(now_ns() - start),
                                      std::memory_order_relaxed);
        if (auto ok = check_outputs(t.node(), y.values); !ok)
          fail_step(self, step, std::move(ok.error()));
        else
          send_results(self, step, y.values);
      },
      [self, step](const caf::error& why) {
        if (auto* now = find(compat::state(self), step))
          fail_step(self, step, no_answer("node_fire", now->in, why));
      });
}

void arrive(proxy* self, uint64_t step, proxy_step& x) {
  auto& s = compat::state(self);
  auto ins = s.ins();
  auto live
    = std::count_if(ins.begin(), ins.end(), [](auto& e) { return !e.bound; });
  auto turn = x.wants_backward
              && s.context->wires.awaits_turn(s.id, pass_direction::forward);
  if (++x.arrived == std::max<ptrdiff_t>(live, 1) + turn)
    fire(self, step, x);
}

void on_forward(proxy* self, forward& f) {
  auto& s = compat::state(self);
  auto ins = s.ins();
  if (f.port >= ins.size() || is_cancelled(s, f.step))
    return;
  if (f.flags & flag::recalled) {
    auto* x = find(s, f.step);
    if (!x || x->outstanding == 0 || x->in[f.port])
      return;
    hold(s, *x, f.port, std::move(f.payload));
    if (--x->outstanding == 0)
      pull_back(self, f.step, *x);
    return;
  }
  auto& x = find_or_make(s, f.step);
  if (x.in[f.port] || x.fired)
    return; // a duplicate
  x.wants_backward = x.wants_backward || (f.flags & flag::backward);
  hold(s, x, f.port, std::move(f.payload));
  arrive(self, f.step, x);
}

void on_backward(proxy* self, backward& b) {
  auto& s = compat::state(self);
  auto* x = find(s, b.step);
  if (!x || b.slot >= s.outs().size() || !s.outs()[b.slot].answers
      || !x->forward_done)
    return;
  x->cotangents[b.slot] = std::move(b.cotangent);
  ++x->answered;
  try_backward(self, b.step, *x);
}

caf::behavior proxy_behavior(proxy* self, part_context_ptr context, node_id n) {
  auto& s = compat::state(self);
  s.context = std::move(context);
  s.id = n;
  return {
    [self](forward& x) { on_forward(self, x); },
    [self](backward& x) { on_backward(self, x); },
    [self](const begin_step& x) {
      auto& t = compat::state(self);
      if (is_cancelled(t, x.step))
        return;
      auto& step = find_or_make(t, x.step);
      if (std::exchange(step.begun, true))
        return; // a duplicate
      step.wants_backward = x.flags & flag::backward;
      arrive(self, x.step, step);
    },
    [self](const take_turn& x) {
      auto& t = compat::state(self);
      if (is_cancelled(t, x.step))
        return;
      auto& step = find_or_make(t, x.step);
      step.wants_backward = true;
      if (x.direction == pass_direction::forward) {
        arrive(self, x.step, step);
      } else {
        ++step.answered;
        try_backward(self, x.step, step);
      }
    },
    [self](const cancel_step& x) { cancel(compat::state(self), x.step); },
    [self](const rewire_node& x) { compat::state(self).context = x.context; },
    // What the actor behind it remembers is its own affair.
    [self](save_node) {
      return node_state{compat::state(self).id, true, {}};
    },
    [self](const load_node&) {
      return node_state{compat::state(self).id, true, {}};
    },
  };
}

} // namespace

bool is_actor_node(const graph_node& x) noexcept {
  return x.user && x.user->type_name() == actor_node::name;
}

caf::actor spawn_proxy(caf::actor_system& sys, const part_context_ptr& context,
                       node_id n) {
  return sys.spawn<caf::lazy_init>(proxy_behavior, context, n);
}

} // namespace morph
