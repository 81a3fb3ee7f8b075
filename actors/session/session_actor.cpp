#include <morph/actors/session/session_actor.hpp>

#include <caf/stateful_actor.hpp>

#include <map>
#include <optional>

namespace morph {

namespace {

struct session_state {
  part_context_ptr context;
  std::unique_ptr<step_machine> machine;
  std::vector<caf::actor> controllers;
  std::map<uint64_t, std::shared_ptr<step_callback>> callbacks;
  std::map<
    uint64_t,
    std::pair<uint16_t, std::shared_ptr<std::function<void(result<blob>)>>>>
    requests;
  std::optional<error> broken; // a host is gone
  uint64_t last_step = 0;
  uint64_t last_request = 0;
};

using session_actor = caf::stateful_actor<session_state>;

/// Sends for the step machine.
class session_outlet final : public step_outlet {
public:
  explicit session_outlet(session_actor* self)
    : self_(self), s_(compat::state(self)) {
    // nop
  }

  void forward(const out_edge& e, uint64_t step, versioned x) override {
    compat::send(self_, s_.context->actors[e.to],
                 morph::forward{s_.context->address(e.to), e.to_port, step,
                                x.version, std::move(x.payload), x.flags});
  }

  void seed(node_id node, uint32_t slot, uint64_t step, versioned x) override {
    compat::send(self_, s_.context->actors[node],
                 morph::backward{s_.context->address(node), slot, step,
                                 x.version, std::move(x.payload), x.flags});
  }

  void begin(uint64_t step, uint8_t flags) override {
    to_controllers(
      begin_step{s_.context->address(controller_node), step, flags});
  }

  void commit(uint64_t step, double scale) override {
    to_controllers(commit_step{s_.context->address(controller_node), step,
                               std::bit_cast<uint64_t>(scale)});
  }

  void cancel(uint64_t step) override {
    to_controllers(cancel_step{s_.context->address(controller_node), step});
  }

  void done(uint64_t step, result<step_output> x) override {
    auto i = s_.callbacks.find(step);
    if (i == s_.callbacks.end())
      return;
    auto f = std::move(i->second);
    s_.callbacks.erase(i);
    (*f)(std::move(x));
  }

private:
  template <class T>
  void to_controllers(const T& x) {
    for (auto& c : s_.controllers)
      if (c)
        compat::send(self_, c, x);
  }

  session_actor* self_;
  session_state& s_;
};

void submit(session_actor* self, const submit_step& x) {
  auto& s = compat::state(self);
  if (s.broken) {
    (*x.done)(fail(*s.broken));
    return;
  }
  if (auto ok = s.machine->check(x.order); !ok) {
    (*x.done)(fail(std::move(ok.error())));
    return;
  }
  auto step = ++s.last_step;
  s.callbacks.emplace(step, x.done);
  session_outlet out{self};
  s.machine->start(step, x.order, out);
}

void ask(session_actor* self, const ask_part& x) {
  auto& s = compat::state(self);
  if (x.host >= s.controllers.size() || !s.controllers[x.host]) {
    (*x.done)(fail(s.broken.value_or(
      error{errc::unknown_host, "nothing is deployed on this host"})));
    return;
  }
  auto id = ++s.last_request;
  s.requests.emplace(id, std::pair{x.host, x.done});
  compat::send(self, s.controllers[x.host],
               control{s.context->address(controller_node), id,
                       static_cast<uint16_t>(x.what), x.body});
}

void answer(session_actor* self, const control_reply& x) {
  auto& s = compat::state(self);
  auto i = s.requests.find(x.request);
  if (i == s.requests.end())
    return;
  auto f = std::move(i->second.second);
  s.requests.erase(i);
  if (x.ok)
    (*f)(x.body);
  else
    (*f)(fail(error_of(x)));
}

void lose_host(session_actor* self, const host_gone& x) {
  auto& s = compat::state(self);
  s.broken = x.what;
  if (x.host < s.controllers.size())
    s.controllers[x.host] = nullptr;
  for (auto i = s.requests.begin(); i != s.requests.end();) {
    if (i->second.first != x.host) {
      ++i;
      continue;
    }
    auto f = std::move(i->second.second);
    i = s.requests.erase(i);
    (*f)(fail(x.what));
  }
  session_outlet out{self};
  s.machine->fail_all(x.what, out);
}

void adopt(session_actor* self, part_context_ptr context) {
  auto& s = compat::state(self);
  s.context = std::move(context);
  s.machine = std::make_unique<step_machine>(s.context->plan, s.context->wires);
}

caf::behavior session_behavior(session_actor* self, part_context_ptr context) {
  adopt(self, std::move(context));
  // A peer may send anything to any address; nothing is printed for it.
  self->set_default_handler(caf::drop);
  return {
    [self](forward& x) {
      auto& s = compat::state(self);
      session_outlet out{self};
      auto results = s.context->plan.results.size();
      if (x.port < results)
        s.machine->on_result(x.port, x.step,
                             {std::move(x.payload), x.version, x.flags}, out);
      else if (x.port - results < s.context->plan.wrt.size())
        s.machine->on_gradient(s.context->plan.wrt[x.port - results], x.step,
                               std::move(x.payload), out);
    },
    [self](backward& x) {
      session_outlet out{self};
      compat::state(self).machine->on_backward(
        node_of(x.to), x.slot, x.step,
        {std::move(x.cotangent), x.version, x.flags}, out);
    },
    [self](const ready& x) {
      session_outlet out{self};
      compat::state(self).machine->on_ready(x.node, x.step, x.norm2(),
                                            x.flags != 0, out);
    },
    [self](const failed& x) {
      session_outlet out{self};
      auto& s = compat::state(self);
      if (x.step == failed::every_step) {
        s.broken = x.what;
        s.machine->fail_all(x.what, out);
      } else {
        s.machine->on_failed(x.step, x.what, out);
      }
    },
    [self](const submit_step& x) { submit(self, x); },
    [self](const ask_part& x) { ask(self, x); },
    [self](const control_reply& x) { answer(self, x); },
    [self](const host_gone& x) { lose_host(self, x); },
    [self](const adopt_plan& x) { adopt(self, x.context); },
    [self](const set_controllers& x) {
      compat::state(self).controllers = x.controllers;
    },
  };
}

} // namespace

caf::actor spawn_session(caf::actor_system& sys, part_context_ptr context) {
  return sys.spawn(session_behavior, std::move(context));
}

void tell_steps(const caf::actor& session, std::vector<std::string>& out) {
  if (!session)
    return;
  auto* x = caf::actor_cast<caf::abstract_actor*>(session);
  if (auto* y = dynamic_cast<session_actor*>(x))
    compat::state(y).machine->tell_waits(out);
}

} // namespace morph
