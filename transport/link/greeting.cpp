// The first phase of a link: both sides prove that they know the key.
#include <morph/graph/user_node.hpp>
#include <morph/transport/compat/batch_inspect.hpp>
#include <morph/transport/compat/keeper.hpp>
#include <morph/transport/compat/network.hpp>
#include <morph/transport/compat/simulated.hpp>
#include <morph/transport/link/link_actor.hpp>

#include <caf/stateful_actor.hpp>

#include <thread>

namespace morph {

namespace {

struct link_state {
  static inline const char* name = "morph.link";
  std::unique_ptr<link_core> core;
};

using link_pointer = caf::stateful_actor<link_state>*;

link_core& make_core(link_pointer self, link_options options, std::string key) {
  compat::keep(self);
  auto& core = compat::state(self).core;
  core = std::make_unique<link_core>(self, std::move(options), std::move(key));
  return *core;
}

caf::behavior connecting_link(link_pointer self, endpoint where,
                              std::string key,
                              std::chrono::milliseconds timeout,
                              link_options options) {
  auto& core = make_core(self, std::move(options), std::move(key));
  auto out = core.make_behavior();
  core.look_up(where, timeout);
  return out;
}

caf::behavior meeting_link(link_pointer self, caf::actor greeter,
                           std::string key, std::chrono::milliseconds timeout,
                           link_options options) {
  auto& core = make_core(self, std::move(options), std::move(key));
  auto out = core.make_behavior();
  core.greet(greeter, timeout);
  return out;
}

caf::behavior answering_link(link_pointer self, caf::actor greeter,
                             caf::actor guest, hello x, std::string key,
                             link_options options) {
  auto& core = make_core(self, std::move(options), std::move(key));
  auto out = core.make_behavior();
  core.answer(guest, x, greeter);
  return out;
}

/// How long a guest may take to prove itself.
constexpr auto guest_patience = std::chrono::seconds{10};

} // namespace

void link_core::look_up(const endpoint& where,
                        std::chrono::milliseconds timeout) {
  connecting_ = true;
  peer_name_ = to_string(where);
  set_deadline(timeout);
  if (auto ok = check_endpoint(self_->system(), where); !ok)
    return go_down(std::move(ok.error()));
  compat::find_published(
    self_, where.host, where.port, timeout,
    [this, timeout](const caf::actor& greeter) {
      if (phase_ == phase::meeting)
        greet(greeter, timeout);
    },
    [this](const std::string& why) {
      go_down({errc::host_unreachable,
               "no host answers at " + peer_name_ + " (" + why + ")"});
    });
}

void link_core::greet(const caf::actor& greeter,
                      std::chrono::milliseconds timeout) {
  if (!connecting_) {
    connecting_ = true;
    peer_name_ = "peer";
    set_deadline(timeout);
  }
  auto fresh = make_nonce();
  if (!fresh)
    return go_down(std::move(fresh.error()));
  nonces_.connecting = *fresh;
  greeter_ = greeter;
  compat::send(self_, greeter, hello{protocol_version, *fresh});
}

void link_core::answer(const caf::actor& peer, const hello& x,
                       const caf::actor& greeter) {
  peer_name_ = "guest";
  greeter_ = greeter;
  attach(peer);
  set_deadline(guest_patience);
  auto fresh = make_nonce();
  if (!fresh)
    return go_down(std::move(fresh.error()));
  nonces_ = {x.fresh, *fresh};
  compat::send(self_, peer, challenge{*fresh});
}

void link_core::set_deadline(std::chrono::milliseconds timeout) {
  compat::delayed_send(self_, caf::actor{self_}, timeout, meeting_deadline{});
}

void link_core::on_deadline() {
  if (phase_ == phase::meeting)
    go_down({errc::host_unreachable,
             "no host answers at " + peer_name_ + " in time"});
}

void link_core::attach(const caf::actor& peer) {
  peer_handle_ = peer;
  carrier_ = make_basp_carrier(self_, peer);
}

blob link_core::introduce() const {
  introduction out{options_.self, {options_.cache_bytes, options_.max_payload}};
  if (out.self.process == 0)
    out.self.process = compat::process_of(self_->system());
  if (out.self.workers == 0)
    out.self.workers = static_cast<uint32_t>(compat::num_workers(self_));
  if (out.self.node_types.empty())
    out.self.node_types = known_user_nodes();
  return encode(out);
}

void link_core::on(const challenge& x) {
  // The first actor on the greeter's host that answers is our peer.
  if (phase_ != phase::meeting || !connecting_ || carrier_ || !greeter_
      || self_->current_sender() == nullptr
      || self_->current_sender()->node() != greeter_.node())
    return;
  attach(compat::sender(self_));
  nonces_.accepting = x.fresh;
  own_info_ = introduce();
  compat::send(self_, peer_handle_,
               proof{prove(key_, nonces_, own_info_), own_info_});
}

void link_core::on(const proof& x) {
  if (phase_ != phase::meeting || connecting_ || !from_peer())
    return;
  if (!equal(x.code, prove(key_, nonces_, x.info))) {
    compat::send(self_, peer_handle_, refusal{});
    return go_down({errc::authentication_failed, "a guest has a wrong key"});
  }
  own_info_ = introduce();
  compat::send(self_, peer_handle_,
               welcome{prove_welcome(key_, nonces_, x.info, own_info_),
                       own_info_});
  come_up(x.info);
}

void link_core::on(const welcome& x) {
  if (phase_ != phase::meeting || !connecting_ || !from_peer())
    return;
  if (!equal(x.code, prove_welcome(key_, nonces_, own_info_, x.info)))
    return go_down({errc::authentication_failed,
                    "the host at " + peer_name_ + " has another key"});
  come_up(x.info);
}

void link_core::on(const refusal& x) {
  if (phase_ != phase::meeting || !connecting_)
    return;
  if (x.code == errc::authentication_failed)
    go_down({x.code, "the host at " + peer_name_ + " refused the key"});
  else
    go_down({errc::protocol_violation,
             "the host at " + peer_name_ + " refused to talk"});
}

void link_core::come_up(const blob& info) {
  auto x = decode_introduction(info);
  if (!x)
    return go_down(std::move(x.error()));
  phase_ = phase::up;
  peer_ = std::move(x->self);
  if (!peer_.name.empty())
    peer_name_ = peer_.name;
  outbox_.limit_to(x->limits);
  if (greeter_ && !connecting_)
    compat::send(self_, greeter_, guest_settled{});
  greeter_ = nullptr;
  answer_curious();
  // The store must know the link before pointers come over it.
  for (auto* x : {&options_.store, &options_.supervisor})
    if (*x)
      compat::send(self_, *x, link_up{caf::actor{self_}, peer_});
  schedule_flush();
}

caf::actor spawn_connecting(caf::actor_system& sys, endpoint where,
                            std::string key, std::chrono::milliseconds timeout,
                            link_options options) {
  return compat::spawn_hidden(sys, connecting_link, std::move(where),
                              std::move(key), timeout, std::move(options));
}

caf::actor spawn_meeting(caf::actor_system& sys, caf::actor greeter,
                         std::string key, std::chrono::milliseconds timeout,
                         link_options options) {
  return compat::spawn_hidden(sys, meeting_link, std::move(greeter),
                              std::move(key), timeout, std::move(options));
}

caf::actor spawn_answering(caf::event_based_actor* greeter, caf::actor guest,
                           const hello& x, std::string key,
                           link_options options) {
  return compat::spawn_hidden(*greeter, answering_link, caf::actor{greeter},
                              std::move(guest), x, std::move(key),
                              std::move(options));
}

} // namespace morph
