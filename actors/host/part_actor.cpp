#include <morph/actors/host/live_count.hpp>
#include <morph/actors/host/node_actor.hpp>
#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/host/proxy_actor.hpp>
#include <morph/actors/host/verbs.hpp>
#include <morph/graph/type_name.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/link.hpp>
#include <morph/transport/mailbox.hpp>

#include <caf/stateful_actor.hpp>

namespace morph {

namespace {

constexpr auto node_timeout = std::chrono::seconds(60);

struct part_state {
  part_context_ptr context;
  part_setup setup; // without its context
};

using part_actor = caf::stateful_actor<part_state>;

bool keeps_state(const graph_node& n) {
  return n.is(builtin::parameter) || (n.user && !n.user->stateless());
}

/// Fills `next.actors`, taking over from `before` what stays here.
void fill_actors(caf::actor_system& sys, const part_context_ptr& next,
                 const part_context* before, const part_setup& setup) {
  auto& net = next->plan.net;
  next->session = setup.session;
  next->store = setup.store;
  next->actors.resize(net.size());
  for (auto& n : net.data()->nodes) {
    if (n.is(builtin::input))
      next->actors[n.id] = setup.session;
    else if (!runs_somewhere(n))
      continue;
    else if (!next->is_local(n.id))
      next->actors[n.id] = setup.links[next->plan.host_of[n.id]];
    else if (before && before->is_local(n.id))
      next->actors[n.id] = before->actors[n.id];
  }
  for (auto& n : net.data()->nodes)
    if (next->is_local(n.id) && !next->actors[n.id])
      next->actors[n.id] = is_actor_node(n) ? spawn_proxy(sys, next, n.id)
                                            : spawn_node(sys, next, n.id);
}

void publish(const part_context& x, const part_setup& setup,
             caf::actor controller) {
  deployment_addresses out;
  out.nodes.resize(x.actors.size());
  for (node_id n = 0; n < out.nodes.size(); ++n)
    if (x.is_local(n)
        || (setup.hosts_session && x.plan.net[n].is(builtin::input)))
      out.nodes[n] = x.actors[n];
  out.controller = std::move(controller);
  if (setup.hosts_session)
    out.session = setup.session;
  setup.book->open(x.plan.id, std::move(out));
}

/// Collects answers of several nodes into one reply.
struct gathering {
  caf::actor reply_to;
  uint64_t request = 0;
  size_t missing = 0;
  state_bytes states;
  bool failed = false;
};

void finish(part_actor* self, const gathering& g, bool with_states) {
  control_reply out{g.request, true, {}};
  if (g.failed)
    out = refuse(g.request, error{errc::node_failed,
                                  "a node could not save or load its state"});
  else if (with_states)
    out.body = pack(g.states);
  compat::send(self, g.reply_to, std::move(out));
}

/// Asks `nodes` one message each, replies when all have answered, then goes on
/// with `after`.
template <class MakeMessage>
void gather(part_actor* self, const control& x,
            const std::vector<node_id>& nodes, bool with_states,
            MakeMessage make, void (*after)(part_actor*) = nullptr) {
  auto g = std::make_shared<gathering>();
  g->reply_to = compat::sender(self);
  g->request = x.request;
  g->missing = nodes.size();
  auto end = [self, g, with_states, after] {
    finish(self, *g, with_states);
    if (after)
      after(self);
  };
  if (nodes.empty())
    return end();
  auto done = [g, end] {
    if (--g->missing == 0)
      end();
  };
  auto& actors = compat::state(self).context->actors;
  for (auto n : nodes)
    compat::request(self, actors[n], node_timeout, make(n))
      .then(
        [g, done](const node_state& s) {
          g->failed = g->failed || !s.ok;
          if (!s.bytes.empty())
            g->states.emplace(s.node, s.bytes);
          done();
        },
        [g, done](const caf::error&) {
          g->failed = true;
          done();
        });
}

template <class Map>
std::vector<node_id> local_keys(const part_context& c, const Map& xs) {
  std::vector<node_id> out;
  for (auto& [n, x] : xs)
    if (n < c.plan.net.size() && c.is_local(n))
      out.push_back(n);
  return out;
}

/// Nodes with a thread of their own.
std::vector<node_id> local_waiting_nodes(const part_context& c) {
  std::vector<node_id> out;
  for (auto& n : c.plan.net.data()->nodes)
    if (c.is_local(n.id) && n.user && n.user->waits())
      out.push_back(n.id);
  return out;
}

std::vector<node_id> local_state_holders(const part_context& c) {
  std::vector<node_id> out;
  for (auto& n : c.plan.net.data()->nodes)
    if (c.is_local(n.id) && keeps_state(n))
      out.push_back(n.id);
  return out;
}

/// A user node that moves here; null if this process cannot make it.
std::unique_ptr<user_node> make_arriving(
  const std::pair<std::string, std::vector<std::byte>>& made_of) {
  auto out = make_user_node(made_of.first);
  byte_reader f{made_of.second};
  auto loaded = false;
  try {
    loaded = out && out->load(f);
  } catch (const std::exception&) {
    // The user's inspector; as good as a refusal.
  }
  return loaded ? std::move(out) : nullptr;
}

void rewire_part(part_actor* self, const control& x) {
  auto& s = compat::state(self);
  rewire_body body;
  auto nodes = s.context->plan.net.size();
  if (!unpack(x.body, body)
      || !body.where.fits(nodes, s.context->plan.hosts.size())) {
    compat::send(self, compat::sender(self),
                 refuse(x.request, error{errc::protocol_violation,
                                         "malformed change of plan"}));
    return;
  }
  auto plan = s.context->plan;
  for (auto& [n, made_of] : body.user_nodes) {
    auto node = n < nodes ? make_arriving(made_of) : nullptr;
    if (!node) {
      compat::send(self, compat::sender(self),
                   refuse(x.request,
                          error{errc::unknown_node_type,
                                "this host cannot make a node of type '"
                                  + readable_type(made_of.first) + "'"}));
      return;
    }
    // Until now a stand-in was there; no actor here has looked at it.
    plan.net.data()->nodes[n].user = std::move(node);
  }
  static_cast<arrangement&>(plan) = std::move(body.where);
  auto before = s.context;
  auto next = std::make_shared<part_context>(std::move(plan), before->self,
                                             before->accounts);
  fill_actors(self->system(), next, before.get(), s.setup);
  for (node_id n = 0; n < nodes; ++n)
    if (before->is_local(n)) {
      if (next->is_local(n))
        compat::send(self, next->actors[n], rewire_node{next});
      else
        compat::stop(before->actors[n]);
    }
  s.context = next;
  publish(*next, s.setup, caf::actor{self});
  gather(self, x, local_keys(*next, body.arriving), false,
         [&](node_id n) { return load_node{body.arriving.at(n)}; });
}

part_reading read_counters(const part_context& c) {
  part_reading out;
  for (auto& n : c.plan.net.data()->nodes) {
    if (!c.is_local(n.id))
      continue;
    auto& k = c.accounts->counters[n.id];
    out.nodes.push_back({n.id, k.forward_runs, k.backward_runs, k.skipped,
                         k.recomputed, k.forward_ns, k.backward_ns});
  }
  out.peak_bytes = static_cast<uint64_t>(c.accounts->ledger.peak_bytes());
  out.live_bytes = static_cast<uint64_t>(c.accounts->ledger.live_bytes());
  return out;
}

void close_part(part_actor* self) {
  auto& s = compat::state(self);
  s.setup.book->close(s.context->plan.id);
  // What the peers keep for this deployment may hold remote pointers.
  for (auto& link : s.setup.links)
    if (link)
      compat::send(self, link, forget_deployment{s.context->plan.id});
  for (node_id n = 0; n < s.context->actors.size(); ++n)
    if (s.context->is_local(n))
      compat::stop(s.context->actors[n]);
  self->quit();
}

void handle(part_actor* self, const control& x) {
  auto& context = *compat::state(self).context;
  auto reject = [&](const char* why) {
    compat::send(self, compat::sender(self),
                 refuse(x.request, error{errc::protocol_violation, why}));
  };
  switch (static_cast<verb>(x.verb)) {
    case verb::rewire:
      rewire_part(self, x);
      break;
    case verb::save:
      gather(self, x, local_state_holders(context), true,
             [](node_id) { return save_node{}; });
      break;
    case verb::load: {
      state_bytes states;
      if (!unpack(x.body, states))
        return reject("malformed states");
      gather(self, x, local_keys(context, states), false,
             [&](node_id n) { return load_node{states.at(n)}; });
      break;
    }
    case verb::assign: {
      std::map<node_id, tensor> values;
      if (!unpack(x.body, values))
        return reject("malformed values");
      std::erase_if(values, [&](auto& v) {
        return v.first >= context.plan.net.size()
               || !context.plan.net[v.first].is(builtin::parameter);
      });
      gather(self, x, local_keys(context, values), false,
             [&](node_id n) { return assign_node{values.at(n)}; });
      break;
    }
    case verb::report:
      compat::send(self, compat::sender(self),
                   control_reply{x.request, true,
                                 pack(read_counters(context))});
      break;
    case verb::close:
      // What they have branched must be gone while there are workers.
      gather(
        self, x, local_waiting_nodes(context), false,
        [](node_id) { return end_branches{}; }, close_part);
      break;
    default:
      reject("no such verb");
  }
}

/// A link could not send or read a message of a step.
void pass_on(part_actor* self, failed& x) {
  auto& c = *compat::state(self).context;
  if (auto n = node_of(x.to); n < c.plan.net.size()) {
    auto& node = c.plan.net[n];
    x.what.at(display_name(node), node.where());
  }
  x.what.message += " (on host '" + c.plan.hosts[c.self] + "')";
  x.to = c.address(session_node);
  compat::send(self, c.session, std::move(x));
}

/// Without its way to another host this part can finish no step.
void lose_link(part_actor* self, const link_down& x) {
  auto& s = compat::state(self);
  auto& c = *s.context;
  for (size_t h = 0; h < s.setup.links.size(); ++h)
    if (s.setup.links[h] == x.link)
      compat::send(self, c.session,
                   failed{c.address(session_node), failed::every_step,
                          error{errc::host_lost, "host '" + c.plan.hosts[c.self]
                                                   + "' has lost its link to '"
                                                   + c.plan.hosts[h]
                                                   + "': " + x.what.message}});
}

caf::behavior part_behavior(part_actor* self, part_context_ptr context,
                            const std::shared_ptr<part_setup>& setup) {
  auto& s = compat::state(self);
  s.context = std::move(context);
  s.setup = std::move(*setup);
  // A peer may send anything to any address; nothing is printed for it.
  self->set_default_handler(caf::drop);
  return {
    [self](const begin_step& x) {
      auto& c = *compat::state(self).context;
      for (auto n : c.wires.starters())
        if (c.is_local(n))
          compat::send(self, c.actors[n],
                       begin_step{c.address(n), x.step, x.flags});
    },
    [self](const commit_step& x) {
      auto& c = *compat::state(self).context;
      for (auto n : c.wires.trained_parameters())
        if (c.is_local(n))
          compat::send(self, c.actors[n],
                       commit_step{c.address(n), x.step, x.scale_bits});
    },
    [self](const cancel_step& x) {
      auto& c = *compat::state(self).context;
      for (node_id n = 0; n < c.actors.size(); ++n)
        if (c.is_local(n))
          compat::send(self, c.actors[n], cancel_step{c.address(n), x.step});
    },
    [self](failed& x) { pass_on(self, x); },
    [self](const link_down& x) { lose_link(self, x); },
    [self](const control& x) { handle(self, x); },
  };
}

} // namespace

int64_t live_node_actors() noexcept {
  return live_count::count().load(std::memory_order_relaxed);
}

caf::actor spawn_part(caf::actor_system& sys, part_setup setup) {
  auto context = std::move(setup.context);
  fill_actors(sys, context, nullptr, setup);
  auto shared = std::make_shared<part_setup>(setup);
  auto controller = sys.spawn(part_behavior, context, shared);
  publish(*context, setup, controller);
  return controller;
}

} // namespace morph
