#include <morph/graph/clock.hpp>
#include <morph/transport/compat/batch_inspect.hpp>
#include <morph/transport/compat/monitor.hpp>
#include <morph/transport/link/link_actor.hpp>
#include <morph/transport/store/transfer_scope.hpp>

#include <caf/stateful_actor.hpp>

#include <algorithm>

namespace morph {

/// Sends what is queued; comes behind what waits in the mailbox.
struct flush_tick {};

/// The throttle may let something pass.
struct throttle_tick {};

/// The peer waits for an echo.
struct echo_tick {};

/// Looks whether the peer confirms what it was sent.
struct watch_tick {};

/// The end of a link that is down.
struct retire_tick {};

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::flush_tick)
MORPH_LOCAL_MESSAGE(morph::throttle_tick)
MORPH_LOCAL_MESSAGE(morph::echo_tick)
MORPH_LOCAL_MESSAGE(morph::watch_tick)
MORPH_LOCAL_MESSAGE(morph::retire_tick)

namespace morph {

namespace {

/// An echo travels alone if nothing else leaves for so long.
constexpr auto echo_delay = std::chrono::milliseconds{20};

/// A peer that says nothing from one look to the next while it has something
/// to confirm has not got it. Carriers notice a lost connection much sooner.
constexpr auto watch_period = std::chrono::seconds{5};

/// How long a link that is down answers control requests.
constexpr auto retirement = std::chrono::milliseconds{200};

const caf::actor nobody;

} // namespace

link_core::link_core(caf::event_based_actor* self, link_options options,
                     std::string key)
  : self_(self), handle_(self), options_(std::move(options)),
    key_(std::move(key)), outbox_(options_), inbox_(options_) {
  // nop
}

caf::behavior link_core::make_behavior() {
  self_->set_default_handler(
    [this](caf::scheduled_actor*,
           caf::message_view&) -> caf::result<caf::message> {
      // CAF delivers what it cannot read as an empty message.
      if (from_peer())
        close({errc::protocol_violation, "a message cannot be read"});
      return caf::sec::unexpected_message;
    });
  return {
    [this](const forward& x) { send_out(x); },
    [this](const backward& x) { send_out(x); },
    [this](const batch& x) { receive(x); },
    [this](flush_tick) {
      flush_due_ = false;
      flush();
    },
    [this](const recall& x) { send_out(x); },
    [this](const begin_step& x) { send_out(x); },
    [this](const commit_step& x) { send_out(x); },
    [this](const cancel_step& x) { send_out(x); },
    [this](const ready& x) { send_out(x); },
    [this](const failed& x) { send_out(x); },
    [this](const control& x) { send_out(x); },
    [this](const control_reply& x) { send_out(x); },
    [this](const forget_deployment& x) {
      outbox_.forget(x.deployment, now_ns());
      schedule_flush();
    },
    [this](const throttle& x) {
      outbox_.set_rate(x.bytes_per_second, now_ns());
      schedule_flush();
    },
    [this](const set_bulk_window& x) {
      outbox_.set_window(x.bytes);
      schedule_flush();
    },
    [this](const get_link_stats&) { return stats(); },
    [this](const get_peer&) {
      curious_.push_back(compat::sender(self_));
      if (phase_ != phase::meeting)
        answer_curious();
    },
    [this](const close_link&) {
      close({errc::session_closed, "the link was closed by its host"});
    },
    [this](const challenge& x) { on(x); },
    [this](const proof& x) { on(x); },
    [this](const welcome& x) { on(x); },
    [this](const refusal& x) { on(x); },
    [this](throttle_tick) {
      throttled_ = false;
      flush();
    },
    [this](echo_tick) {
      echo_due_ = false;
      if (phase_ == phase::up && outbox_.owes_echo())
        carrier_->send(outbox_.echo(now_ns()));
    },
    [this](watch_tick) { on_watch(); },
    [this](const carrier_lost& x) { go_down(x.what); },
    [this](meeting_deadline) { on_deadline(); },
    [this](retire_tick) { self_->quit(); },
  };
}

bool link_core::from_peer() const {
  return carrier_ && carrier_->is_peer(self_->current_sender());
}

// -- outgoing -------------------------------------------------------------------

template <class T>
void link_core::send_out(const T& x) {
  if (phase_ == phase::down) {
    ++dropped_;
    return;
  }
  // Frames without a payload always can be written.
  if constexpr (requires { outbox_.add(x, 0); })
    (void)outbox_.add(x, now_ns());
  else
    (void)outbox_.add_small(x, now_ns());
  schedule_flush();
}

void link_core::send_out(const forward& x) {
  if (phase_ == phase::down) {
    ++dropped_;
    return;
  }
  // Pointers go to hosts that can hold them only.
  transfer_scope scope{peer_.store != 0 ? options_.store : nobody, handle_};
  if (auto ok = outbox_.add(x, now_ns()); !ok)
    fail_step(x.to, x.step, std::move(ok.error()));
  schedule_flush();
}

void link_core::send_out(const backward& x) {
  if (phase_ == phase::down) {
    ++dropped_;
    return;
  }
  // Pointers go to hosts that can hold them only.
  transfer_scope scope{peer_.store != 0 ? options_.store : nobody, handle_};
  if (auto ok = outbox_.add(x, now_ns()); !ok)
    fail_step(x.to, x.step, std::move(ok.error()));
  schedule_flush();
}

void link_core::send_out(const control& x) {
  auto requester = compat::sender(self_);
  if (phase_ == phase::down) {
    if (requester)
      compat::send(
        self_, requester,
        refuse(x.request,
               {errc::host_lost, "the link to '" + peer_name_ + "' is down"}));
    return;
  }
  auto y = x;
  y.request = requester ? requests_.add(requester, x.request) : 0;
  if (auto ok = outbox_.add(y, now_ns()); !ok) {
    requests_.take(y.request);
    if (requester)
      compat::send(self_, requester, refuse(x.request, ok.error()));
  }
  schedule_flush();
}

void link_core::send_out(const control_reply& x) {
  // Number 0 is a request that wants no reply.
  if (phase_ == phase::down || x.request == 0)
    return;
  auto now = now_ns();
  if (auto ok = outbox_.add(x, now); !ok)
    (void)outbox_.add(refuse(x.request, ok.error()), now);
  schedule_flush();
}

void link_core::fail_step(uint64_t to, uint64_t step, error why) {
  // The controller knows who the node is and where the session lives.
  for (auto who : {controller_node, session_node})
    if (auto& where = find(make_address(deployment_of(to), who))) {
      compat::send(self_, where, failed{to, step, std::move(why)});
      return;
    }
  ++dropped_;
}

void link_core::schedule_flush() {
  if (flush_due_ || phase_ != phase::up)
    return;
  flush_due_ = true;
  compat::send(self_, caf::actor{self_}, flush_tick{});
}

void link_core::flush() {
  if (phase_ != phase::up)
    return;
  auto now = now_ns();
  while (auto x = outbox_.next(now)) {
    carrier_->send(std::move(*x));
    now = now_ns();
  }
  watch();
  if (throttled_)
    return;
  // As of the moment at which nothing could leave: a wait that is over since
  // then needs its tick all the same.
  if (auto ns = outbox_.throttled_for(now); ns > 0) {
    throttled_ = true;
    compat::delayed_send(self_, caf::actor{self_}, std::chrono::nanoseconds{ns},
                         throttle_tick{});
  }
}

void link_core::watch() {
  if (watched_ || !outbox_.is_unconfirmed())
    return;
  watched_ = true;
  heard_before_ = heard_;
  compat::delayed_send(self_, caf::actor{self_}, watch_period, watch_tick{});
}

void link_core::on_watch() {
  watched_ = false;
  if (phase_ != phase::up || !outbox_.is_unconfirmed())
    return;
  if (heard_ == heard_before_)
    return close({errc::host_lost,
                  "the peer confirms nothing of what it was "
                  "sent"});
  watch();
}

// -- incoming -------------------------------------------------------------------

void link_core::receive(const batch& x) {
  if (phase_ != phase::up || !from_peer()) {
    ++dropped_;
    return;
  }
  auto header = [&] {
    transfer_scope scope{options_.store, handle_};
    return inbox_.accept(x, deliveries_);
  }();
  for (auto& d : deliveries_)
    dispatch(d);
  deliveries_.clear();
  if (!header) {
    close(std::move(header.error()));
    return;
  }
  if (phase_ != phase::up)
    return;
  auto now = now_ns();
  ++heard_;
  outbox_.on_header(
    *header, now, x.head.size() > wire::batch_header::size || !x.body.empty());
  if (auto credit = inbox_.take_credit(); credit > 0) {
    (void)outbox_.add_small(wire::ack{credit}, now);
    schedule_flush();
  }
  if (!echo_due_ && outbox_.owes_echo()) {
    echo_due_ = true;
    compat::delayed_send(self_, caf::actor{self_}, echo_delay, echo_tick{});
  }
}

void link_core::dispatch(delivery& x) {
  std::visit(
    [this]<class T>(T& content) {
      if constexpr (std::is_same_v<T, forward>) {
        hand_over(content, content.payload);
      } else if constexpr (std::is_same_v<T, backward>) {
        hand_over(content, content.cotangent);
      } else if constexpr (std::is_same_v<
                             T, control> || std::is_same_v<T, control_reply>) {
        dispatch(content);
      } else if constexpr (std::is_same_v<T, wire::ack>) {
        outbox_.on_ack(content.bytes, now_ns());
        schedule_flush();
      } else if constexpr (std::is_same_v<T, wire::goodbye>) {
        go_down(std::move(content.why));
      } else {
        hand_over(content, value{});
      }
    },
    x);
}

template <class T>
void link_core::hand_over(T& x, const value& payload) {
  if (payload)
    if (auto* why = payload.get_if<undecodable>()) {
      fail_step(x.to, x.step, why->why);
      return;
    }
  if (auto& where = find(x.to))
    compat::send(self_, where, std::move(x));
  else
    ++dropped_;
}

const caf::actor& link_core::find(uint64_t to) {
  if (auto now = options_.book->epoch(); now != epoch_) {
    epoch_ = now;
    addresses_ = options_.book->all();
  }
  auto i = addresses_->find(deployment_of(to));
  return i == addresses_->end() ? nobody : i->second->find(node_of(to));
}

void link_core::dispatch(control& x) {
  auto& where = x.verb >= control::first_reserved_verb
                  ? options_.store
                  : options_.control_handler;
  if (where)
    compat::send(self_, where, std::move(x));
  else
    send_out(refuse(x.request, {errc::protocol_violation,
                                "this host does not serve such requests"}));
}

void link_core::dispatch(control_reply& x) {
  auto who = requests_.take(x.request);
  if (!who) {
    close({errc::protocol_violation, "a reply to no request"});
    return;
  }
  x.request = who->request;
  compat::send(self_, who->requester, std::move(x));
}

link_stats link_core::stats() {
  link_stats out;
  out.peer = peer_name_;
  outbox_.report(out);
  inbox_.report(out);
  out.dropped = dropped_;
  out.pending_requests = requests_.size();
  return out;
}

// -- end --------------------------------------------------------------------------

void link_core::close(error why) {
  if (phase_ == phase::up) {
    // What is queued leaves first; a throttle does not delay the end.
    outbox_.set_rate(0, now_ns());
    outbox_.add_goodbye(
      {errc::host_lost, "the peer closed the link: " + why.message}, now_ns());
    flush();
  }
  go_down(std::move(why));
}

void link_core::go_down(error why) {
  if (phase_ == phase::down)
    return;
  auto admitted = phase_ == phase::up;
  phase_ = phase::down;
  for (auto& x : requests_.take_all())
    compat::send(self_, x.requester,
                 refuse(x.request, {admitted ? errc::host_lost : why.code,
                                    "the link to '" + peer_name_
                                      + "' is down: " + why.message}));
  end_ = why;
  answer_curious();
  if (options_.store && admitted)
    compat::send(self_, options_.store,
                 link_down{caf::actor{self_}, peer_name_, why});
  // A guest that was turned away is nobody's peer.
  if (options_.supervisor && (admitted || connecting_))
    compat::send(self_, options_.supervisor,
                 link_down{caf::actor{self_}, peer_name_, std::move(why)});
  if (greeter_ && !connecting_ && !admitted)
    compat::send(self_, greeter_, guest_settled{});
  greeter_ = nullptr;
  peer_handle_ = nullptr;
  handle_ = nullptr;
  carrier_.reset();
  addresses_.reset();
  options_.supervisor = nullptr;
  options_.control_handler = nullptr;
  options_.store = nullptr;
  compat::delayed_send(self_, caf::actor{self_}, retirement, retire_tick{});
}

void link_core::answer_curious() {
  for (auto& x : curious_)
    if (x) {
      if (phase_ == phase::up)
        compat::send(self_, x, link_up{caf::actor{self_}, peer_});
      else
        compat::send(self_, x, link_down{caf::actor{self_}, peer_name_, end_});
    }
  curious_.clear();
}

} // namespace morph
