#include <morph/actors/host/host_actor.hpp>
#include <morph/actors/host/part_actor.hpp>
#include <morph/actors/host/verbs.hpp>
#include <morph/actors/machine/stand_in.hpp>
#include <morph/actors/remote/branch_service.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/link.hpp>

#include <caf/scoped_actor.hpp>
#include <caf/stateful_actor.hpp>

#include <map>
#include <optional>

namespace morph {

namespace {

constexpr auto meet_timeout = std::chrono::seconds(10);

struct waiting {
  caf::actor reply_to;
  uint64_t request = 0;
};

struct part {
  caf::actor controller;
  caf::actor driver; // the link from which it came
};

struct host_state {
  host_setup setup;
  std::map<std::string, caf::actor> links;      // by the peer's name
  std::map<uint32_t, part> parts;               // by deployment
  std::map<caf::actor, waiting> meeting;        // by link that is coming up
  std::multimap<std::string, waiting> awaiting; // by peer that is to come
};

using host_actor = caf::stateful_actor<host_state>;

void say(host_actor* self, const std::string& line) {
  if (auto& f = compat::state(self).setup.on_event)
    f(line);
}

void reply(host_actor* self, const control& x, blob body = {}) {
  compat::send(self, compat::sender(self),
               control_reply{x.request, true, std::move(body)});
}

void reject(host_actor* self, const control& x, const error& why) {
  compat::send(self, compat::sender(self), refuse(x.request, why));
}

void deploy(host_actor* self, const control& x) {
  auto& s = compat::state(self);
  byte_reader f{x.body.bytes()};
  auto plan = decode_deployment(f);
  if (!plan)
    return reject(self, x, plan.error());
  if (s.parts.count(plan->id) > 0)
    return reject(self, x,
                  error{errc::protocol_violation,
                        "the deployment exists already"});
  part_setup setup;
  setup.links.resize(plan->hosts.size());
  std::optional<uint16_t> here;
  for (size_t h = 0; h < plan->hosts.size(); ++h) {
    auto& name = plan->hosts[h];
    if (name == s.setup.name) {
      here = static_cast<uint16_t>(h);
    } else if (h == 0) {
      setup.links[h] = compat::sender(self);
    } else if (auto i = s.links.find(name); i != s.links.end()) {
      setup.links[h] = i->second;
    } else {
      return reject(self, x,
                    error{errc::unknown_host, "host '" + s.setup.name
                                                + "' has no link to '" + name
                                                + "'"});
    }
  }
  if (!here)
    return reject(self, x,
                  error{errc::unknown_host,
                        "this host is '" + s.setup.name
                          + "', which the plan does not name"});
  setup.session = compat::sender(self);
  setup.book = s.setup.book;
  setup.store = s.setup.store;
  auto id = plan->id;
  setup.context = std::make_shared<part_context>(std::move(*plan), *here);
  s.parts[id]
    = {spawn_part(self->system(), std::move(setup)), compat::sender(self)};
  reply(self, x);
}

/// Whatever is wrong with a deployment, its driver hears of it.
void try_deploy(host_actor* self, const control& x) {
  try {
    deploy(self, x);
  } catch (const failure& e) {
    reject(self, x, e.value());
  } catch (const std::exception& e) {
    reject(self, x,
           error{errc::protocol_violation,
                 std::string{"the deployment cannot be read: "} + e.what()});
  }
}

void meet(host_actor* self, const control& x) {
  auto& s = compat::state(self);
  meet_body body;
  if (!unpack(x.body, body))
    return reject(self, x, error{errc::protocol_violation, "malformed meet"});
  if (s.links.count(body.name) > 0)
    return reply(self, x);
  auto where = parse_endpoint(body.address);
  if (!where)
    return reject(self, x, where.error());
  auto link = connect(self->system(), *where, s.setup.key, meet_timeout,
                      options_for(s.setup, caf::actor{self}));
  s.meeting.emplace(link, waiting{compat::sender(self), x.request});
}

/// The end that accepts a link knows of it later than the one that connects.
void await_peer(host_actor* self, const control& x) {
  auto& s = compat::state(self);
  std::string peer;
  if (!unpack(x.body, peer))
    return reject(self, x, error{errc::protocol_violation, "malformed name"});
  if (s.links.count(peer) > 0)
    reply(self, x);
  else
    s.awaiting.emplace(peer, waiting{compat::sender(self), x.request});
}

void slow_down(host_actor* self, const control& x) {
  auto& s = compat::state(self);
  throttle_body body;
  if (!unpack(x.body, body))
    return reject(self, x,
                  error{errc::protocol_violation, "malformed throttle"});
  auto i = s.links.find(body.peer);
  if (i == s.links.end())
    return reject(self, x,
                  error{errc::unknown_host, "host '" + s.setup.name
                                              + "' has no link to '" + body.peer
                                              + "'"});
  compat::send(self, i->second, throttle{body.bytes_per_second});
  reply(self, x);
}

/// Collects what all links have measured.
struct link_round {
  waiting to;
  size_t missing = 0;
  std::vector<link_reading> readings;
};

void report_links(host_actor* self, const control& x) {
  auto& s = compat::state(self);
  auto round = std::make_shared<link_round>();
  round->to = {compat::sender(self), x.request};
  round->missing = s.links.size();
  auto done = [self, round] {
    if (--round->missing == 0)
      compat::send(self, round->to.reply_to,
                   control_reply{round->to.request, true,
                                 pack(round->readings)});
  };
  for (auto& [name, link] : s.links)
    compat::request(self, link, std::chrono::seconds(5), get_link_stats{})
      .then(
        [round, done](const link_stats& y) {
          round->readings.push_back(read_link(y));
          done();
        },
        [done](const caf::error&) { done(); });
}

void report_counts(host_actor* self, const control& x) {
  auto& setup = compat::state(self).setup;
  auto answer
    = [self, to = compat::sender(self), request = x.request, name = setup.name,
       branches = setup.branches](const store_counts& y) {
        auto out = count_here(name, y);
        if (branches)
          branches->add_to(out);
        compat::send(self, to, control_reply{request, true, pack(out)});
      };
  compat::request(self, setup.store->actor(), std::chrono::seconds(5),
                  get_store_counts{})
    .then(answer, [answer](const caf::error&) { answer({}); });
}

void lose_link(host_actor* self, const link_down& x) {
  auto& s = compat::state(self);
  if (auto i = s.meeting.find(x.link); i != s.meeting.end()) {
    compat::send(self, i->second.reply_to, refuse(i->second.request, x.what));
    s.meeting.erase(i);
  }
  auto i = s.links.find(x.peer);
  if (i != s.links.end() && i->second == x.link)
    s.links.erase(i);
  // A driver that is gone leaves nothing behind.
  if (s.setup.branches)
    s.setup.branches->drop(x.link);
  for (auto p = s.parts.begin(); p != s.parts.end();) {
    if (p->second.driver != x.link) {
      ++p;
      continue;
    }
    compat::send(self, p->second.controller,
                 control{make_address(p->first, controller_node),
                         0,
                         static_cast<uint16_t>(verb::close),
                         {}});
    p = s.parts.erase(p);
  }
  for (auto& [id, y] : s.parts)
    compat::send(self, y.controller, x);
  say(self, "lost " + x.peer);
}

void handle(host_actor* self, control& x) {
  auto& s = compat::state(self);
  if (x.verb >= static_cast<uint16_t>(verb::rewire)) {
    auto i = s.parts.find(deployment_of(x.to));
    if (i == s.parts.end())
      return reject(self, x,
                    error{errc::session_closed,
                          "there is no such deployment here"});
    auto controller = i->second.controller;
    if (x.verb == static_cast<uint16_t>(verb::close))
      s.parts.erase(i);
    compat::delegate(self, controller, std::move(x));
    return;
  }
  switch (static_cast<verb>(x.verb)) {
    case verb::deploy:
      return try_deploy(self, x);
    case verb::meet:
      return meet(self, x);
    case verb::await_peer:
      return await_peer(self, x);
    case verb::slow_down:
      return slow_down(self, x);
    case verb::link_reports:
      return report_links(self, x);
    case verb::count:
      return report_counts(self, x);
    case verb::branches:
      if (s.setup.branches)
        s.setup.branches->receive(compat::sender(self), x.body);
      return;
    case verb::probe:
      return;
    case verb::probe_peer: {
      std::string peer;
      if (auto i = unpack(x.body, peer) ? s.links.find(peer) : s.links.end();
          i != s.links.end())
        probe_link(i->second);
      return;
    }
    case verb::stop_host:
      reply(self, x);
      if (s.setup.on_stop)
        s.setup.on_stop();
      return;
    default:
      reject(self, x, error{errc::protocol_violation, "no such verb"});
  }
}

caf::behavior host_behavior(host_actor* self,
                            const std::shared_ptr<host_setup>& setup) {
  stand_in::register_type();
  compat::state(self).setup = std::move(*setup);
  return {
    [self](const link_up& x) {
      auto& s = compat::state(self);
      s.links[x.peer.name] = x.link;
      auto tell = [self](const waiting& who) {
        compat::send(self, who.reply_to, control_reply{who.request, true, {}});
      };
      if (auto i = s.meeting.find(x.link); i != s.meeting.end()) {
        tell(i->second);
        s.meeting.erase(i);
      }
      auto [first, last] = s.awaiting.equal_range(x.peer.name);
      for (auto i = first; i != last; ++i)
        tell(i->second);
      s.awaiting.erase(first, last);
      say(self, "met " + x.peer.name);
    },
    [self](const link_down& x) { lose_link(self, x); },
    [self](control& x) { handle(self, x); },
    [](const control_reply&) {
      // Answers to the close of an orphaned part.
    },
    [self](leave) {
      auto& s = compat::state(self);
      left_links out;
      for (auto& [id, x] : s.parts)
        compat::send(self, x.controller,
                     control{make_address(id, controller_node),
                             0,
                             static_cast<uint16_t>(verb::close),
                             {}});
      s.parts.clear();
      if (s.setup.branches)
        s.setup.branches->drop_all();
      for (auto& [name, link] : s.links)
        out.links.push_back(link);
      for (auto& [link, x] : s.meeting)
        out.links.push_back(link);
      return out;
    },
  };
}

} // namespace

void close_links(caf::actor_system& sys, const std::vector<caf::actor>& links) {
  caf::scoped_actor self{sys};
  for (auto& x : links) {
    self->send(x, close_link{});
    compat::wait_for_end(self, x);
  }
}

link_options options_for(const host_setup& setup, const caf::actor& host) {
  link_options out;
  out.self.name = setup.name;
  out.self.address = to_string(setup.where);
  out.book = setup.book;
  out.control_handler = host;
  out.supervisor = host;
  setup.store->serve(out);
  return out;
}

void probe_link(const caf::actor& link) {
  constexpr size_t just_bulk = (64 << 10) + 4096;
  static const blob body{std::vector<std::byte>(just_bulk)};
  auto what = static_cast<uint16_t>(verb::probe);
  compat::anon_send(link, control{0, 0, what, {}});
  compat::anon_send(link, control{0, 0, what, body});
}

host_counts count_here(std::string name, const store_counts& x) {
  return {std::move(name), static_cast<uint64_t>(live_node_actors()), x.objects,
          x.borrowed + x.transfers};
}

link_reading read_link(const link_stats& x) {
  link_reading out{x.peer,
                   x.out.frames,
                   x.out.bytes,
                   x.out.elided,
                   x.latency_seconds,
                   x.bytes_per_second,
                   {},
                   {}};
  for (auto& sample : x.samples) {
    out.sample_bytes.push_back(sample.bytes);
    out.sample_seconds.push_back(sample.seconds);
  }
  return out;
}

caf::actor spawn_host(caf::actor_system& sys, host_setup setup) {
  return sys.spawn(host_behavior,
                   std::make_shared<host_setup>(std::move(setup)));
}

} // namespace morph
