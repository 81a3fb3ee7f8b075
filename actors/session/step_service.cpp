#include <morph/actors/host/value_list.hpp>
#include <morph/actors/session/step_service.hpp>
#include <morph/transport/compat/simulated.hpp>

#include <caf/response_promise.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/sec.hpp>
#include <caf/stateful_actor.hpp>

#include <deque>
#include <map>

namespace morph {

namespace {

struct waiting_request {
  std::shared_ptr<const step_request> what;
  uint64_t number = 0;
};

struct front_state {
  const errand_lane* lane = nullptr;
  std::shared_ptr<const step_service::gate> pass;
  bool gate_busy = false;
  bool ending = false;
  uint64_t last_number = 0;
  std::deque<waiting_request> waiting;
  std::map<uint64_t, caf::response_promise> promises;
};

using front = caf::stateful_actor<front_state>;

/// Errors reach CAF code as CAF has them, with our text as context.
caf::error to_caf(const error& x) {
  return caf::make_error(caf::sec::runtime_error, to_string(x));
}

void send_next(front* self) {
  auto& s = compat::state(self);
  if (s.gate_busy || s.waiting.empty())
    return;
  s.gate_busy = true;
  auto next = std::move(s.waiting.front());
  s.waiting.pop_front();
  s.lane->run([front = caf::actor{self}, pass = s.pass, next] {
    (*pass)(*next.what, [front, next](result<step_output> y) {
      compat::anon_send(
        front, request_done{next.number, std::make_shared<result<step_output>>(
                                           std::move(y))});
    });
    compat::anon_send(front, gate_passed{});
  });
}

void answer(front* self, const request_done& x) {
  auto& s = compat::state(self);
  auto entry = s.promises.extract(x.number);
  if (entry.empty())
    return;
  auto& promise = entry.mapped();
  if (auto& y = *x.outcome)
    promise.deliver(
      step_reply{y->step, std::move(y->results), std::move(y->gradients)});
  else
    promise.deliver(to_caf(y.error()));
}

caf::behavior front_behavior(front* self, const errand_lane* lane,
                             std::shared_ptr<const step_service::gate> pass) {
  compat::state(self).lane = lane;
  compat::state(self).pass = std::move(pass);
  return {
    [self](step_request& x) {
      auto& s = compat::state(self);
      auto promise = self->make_response_promise();
      auto number = ++s.last_number;
      s.promises.emplace(number, promise);
      s.waiting.push_back(
        {std::make_shared<const step_request>(std::move(x)), number});
      send_next(self);
      return promise;
    },
    [self](gate_passed) {
      compat::state(self).gate_busy = false;
      send_next(self);
    },
    [self](const request_done& x) { answer(self, x); },
    [self](end_service) {
      auto& s = compat::state(self);
      // What is in the mailbox already gets a clear answer too.
      if (!std::exchange(s.ending, true))
        return compat::send(self, caf::actor{self}, end_service{});
      for (auto& [number, promise] : s.promises)
        promise.deliver(
          to_caf(error{errc::session_closed, "the session is closed"}));
      s.promises.clear();
      self->quit();
    },
  };
}

} // namespace

bool inspect(byte_writer& f, step_request& x) {
  std::vector<std::string> names;
  std::vector<value> values;
  for (auto& [name, payload] : x.feeds) {
    names.push_back(name);
    values.push_back(payload);
  }
  return f.apply(names) && apply_values(f, values) && f.apply(x.backward);
}

bool inspect(byte_reader& f, step_request& x) {
  std::vector<std::string> names;
  std::vector<value> values;
  if (!f.apply(names) || !apply_values(f, values)
      || names.size() != values.size())
    return f.reject();
  x.feeds.clear();
  for (size_t i = 0; i < names.size(); ++i)
    x.feeds.emplace_back(std::move(names[i]), std::move(values[i]));
  return f.apply(x.backward);
}

bool inspect(byte_writer& f, step_reply& x) {
  return f.apply(x.step) && apply_values(f, x.results)
         && apply_values(f, x.gradients);
}

bool inspect(byte_reader& f, step_reply& x) {
  return f.apply(x.step) && apply_values(f, x.results)
         && apply_values(f, x.gradients);
}

step_service::step_service(caf::actor_system& sys, const errand_lane& lane,
                           gate pass)
  : sys_(sys),
    front_(sys.spawn(front_behavior, &lane,
                     std::make_shared<const gate>(std::move(pass)))) {
  // nop
}

step_service::~step_service() {
  caf::scoped_actor self{sys_};
  self->send(front_, end_service{});
  compat::wait_for_end(self, front_);
}

} // namespace morph
