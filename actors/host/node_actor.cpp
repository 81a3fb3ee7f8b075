#include <morph/actors/host/actor_outlet.hpp>
#include <morph/actors/host/live_count.hpp>
#include <morph/actors/host/node_actor.hpp>
#include <morph/actors/machine/machine_state.hpp>
#include <morph/actors/machine/parameter_machine.hpp>
#include <morph/actors/task/actor_tasks.hpp>
#include <morph/actors/task/tasks_here.hpp>
#include <morph/transport/compat/dispatch.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <caf/stateful_actor.hpp>

namespace morph {

namespace {

template <class Machine>
struct shell_state {
  part_context_ptr context;
  std::optional<Machine> machine;
  live_count alive;
  /// Of a node that may wait.
  std::unique_ptr<task_runtime> branches = nullptr;
};

template <class Machine>
using shell = caf::stateful_actor<shell_state<Machine>>;

template <class Machine>
actor_outlet<shell<Machine>> outlet_of(shell<Machine>* self) {
  auto& s = compat::state(self);
  return {self, *s.context, s.machine->id()};
}

template <class Machine>
void start(shell<Machine>* self, part_context_ptr context, node_id n) {
  auto& s = compat::state(self);
  s.context = std::move(context);
  s.machine.emplace(s.context->for_machines(), n,
                    s.context->accounts->counters[n]);
}

template <class Machine>
void rewire(shell<Machine>* self, const rewire_node& x) {
  auto& s = compat::state(self);
  s.machine->rewire(x.context->for_machines());
  s.context = x.context;
}

template <class Machine>
node_state save(shell<Machine>* self) {
  auto& s = compat::state(self);
  std::map<node_id, std::vector<std::byte>> out;
  save_machine(&*s.machine, out);
  auto n = s.machine->id();
  return {n, true, out.empty() ? std::vector<std::byte>{} : out.at(n)};
}

template <class Machine>
node_state load(shell<Machine>* self, const load_node& x) {
  auto& m = *compat::state(self).machine;
  return {m.id(), load_machine(&m, x.bytes), {}};
}

versioned take(forward& x) {
  return {std::move(x.payload), x.version, x.flags};
}

versioned take(backward& x) {
  return {std::move(x.cotangent), x.version, x.flags};
}

caf::result<caf::message> handle_node(caf::scheduled_actor* actor,
                                      caf::message_view& message) {
  auto* self = static_cast<shell<node_machine>*>(actor);
  return compat::dispatch(
    message,
    [self](forward& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_forward(x.port, x.step, take(x), out);
    },
    [self](backward& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_backward(x.slot, x.step, take(x), out);
    },
    [self](const recall& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_recall(x.slot, x.step, out);
    },
    [self](const begin_step& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_begin(x.step, x.flags, out);
    },
    [self](const cancel_step& x) {
      compat::state(self).machine->on_cancel(x.step);
    },
    [self](const take_turn& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_turn(x.direction, x.step, out);
    },
    [self](const rewire_node& x) { rewire(self, x); },
    [self](save_node) { return save(self); },
    [self](end_branches) {
      compat::state(self).branches.reset();
      return node_state{compat::state(self).machine->id(), true, {}};
    },
    [self](const load_node& x) { return load(self, x); });
}

caf::result<caf::message> handle_parameter(caf::scheduled_actor* actor,
                                           caf::message_view& message) {
  auto* self = static_cast<shell<parameter_machine>*>(actor);
  return compat::dispatch(
    message,
    [self](backward& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_backward(x.slot, x.step, take(x), out);
    },
    [self](const begin_step& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_begin(x.step, x.flags, out);
    },
    [self](const commit_step& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_commit(x.step, x.scale(), out);
    },
    [self](const recall& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_recall(x.slot, x.step, out);
    },
    [self](const cancel_step& x) {
      auto out = outlet_of(self);
      compat::state(self).machine->on_cancel(x.step, out);
    },
    [self](const rewire_node& x) { rewire(self, x); },
    [self](save_node) { return save(self); },
    [self](const load_node& x) { return load(self, x); },
    [self](const assign_node& x) {
      auto& m = *compat::state(self).machine;
      return node_state{m.id(), m.assign(x.content).has_value(), {}};
    });
}

caf::behavior node_behavior(shell<node_machine>* self, part_context_ptr context,
                            node_id n) {
  start(self, std::move(context), n);
  return compat::handle_all_by(self, handle_node);
}

/// The same where the node may wait, and branch.
caf::result<caf::message> handle_waiting_node(caf::scheduled_actor* actor,
                                              caf::message_view& message) {
  auto* self = static_cast<shell<node_machine>*>(actor);
  auto& s = compat::state(self);
  object_store::settle(s.context->store);
  tasks::here_scope here{s.branches.get()};
  return handle_node(actor, message);
}

caf::behavior waiting_behavior(shell<node_machine>* self,
                               part_context_ptr context, node_id n) {
  start(self, std::move(context), n);
  compat::state(self).branches = std::make_unique<actor_tasks>(self->system());
  return compat::handle_all_by(self, handle_waiting_node);
}

caf::behavior parameter_behavior(shell<parameter_machine>* self,
                                 part_context_ptr context, node_id n) {
  start(self, std::move(context), n);
  return compat::handle_all_by(self, handle_parameter);
}

} // namespace

caf::actor spawn_node(caf::actor_system& sys, const part_context_ptr& context,
                      node_id n) {
  if (context->plan.net[n].is(builtin::parameter))
    return sys.spawn<caf::lazy_init>(parameter_behavior, context, n);
  // It has a thread of its own; a simulation has one for all.
  if (auto& user = context->plan.net[n].user; user && user->waits())
    return compat::simulation_of(sys)
             ? sys.spawn<caf::lazy_init>(waiting_behavior, context, n)
             : sys.spawn<caf::detached>(waiting_behavior, context, n);
  return sys.spawn<caf::lazy_init>(node_behavior, context, n);
}

void tell_waits(const caf::actor& x, std::vector<std::string>& out) {
  if (!x)
    return;
  auto* actor = caf::actor_cast<caf::abstract_actor*>(x);
  auto tell = [&](auto* y) {
    if (y && compat::state(y).machine)
      compat::state(y).machine->tell_waits(out);
  };
  tell(dynamic_cast<shell<node_machine>*>(actor));
  tell(dynamic_cast<shell<parameter_machine>*>(actor));
}

} // namespace morph
