// The actor that is a link: a thin shell around outbox and inbox.
//
// Thread-safety: runs inside its actor.
//
// Invariants: those of link.hpp, and
// 1. phases only advance: meeting -> up -> down;
// 2. before `up` nothing of the peer is accepted but the greeting;
// 3. `down` answers control requests until all handles had time to see
//    `link_down`, then the actor ends.
#pragma once

#include <morph/transport/carrier.hpp>
#include <morph/transport/link.hpp>
#include <morph/transport/link/inbox.hpp>
#include <morph/transport/link/outbox.hpp>
#include <morph/transport/link/request_table.hpp>
#include <morph/transport/membership.hpp>
#include <morph/transport/wire/handshake.hpp>

#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace morph {

class link_core {
public:
  link_core(caf::event_based_actor* self, link_options options,
            std::string key);

  caf::behavior make_behavior();

  /// Connecting side: first the greeter must be found.
  void look_up(const endpoint& where, std::chrono::milliseconds timeout);

  /// Connecting side, greeter known.
  void greet(const caf::actor& greeter, std::chrono::milliseconds timeout);

  /// Accepting side. `greeter` is told when the greeting is over.
  void answer(const caf::actor& peer, const hello& x,
              const caf::actor& greeter);

private:
  enum class phase { meeting, up, down };

  // -- meeting -----------------------------------------------------------------

  void set_deadline(std::chrono::milliseconds timeout);
  void on_deadline();
  void attach(const caf::actor& peer);
  blob introduce() const;
  void on(const challenge& x);
  void on(const proof& x);
  void on(const welcome& x);
  void on(const refusal& x);
  void come_up(const blob& info);

  // -- up ----------------------------------------------------------------------

  template <class T>
  void send_out(const T& x);
  void send_out(const forward& x);
  void send_out(const backward& x);
  void send_out(const control& x);
  void send_out(const control_reply& x);
  void fail_step(uint64_t to, uint64_t step, error why);
  void schedule_flush();
  void flush();
  void watch();
  void on_watch();
  void receive(const batch& x);
  void dispatch(delivery& x);
  void dispatch(control& x);
  void dispatch(control_reply& x);
  const caf::actor& find(uint64_t to);
  template <class T>
  void hand_over(T& x, const value& payload);
  link_stats stats();

  // -- down --------------------------------------------------------------------

  /// Ends the link because of us: the peer is told.
  void close(error why);

  /// Ends the link; tells everybody here.
  void go_down(error why);

  void answer_curious();

  bool from_peer() const;

  caf::event_based_actor* self_;
  caf::actor handle_; ///< Of this actor, until it is down.
  link_options options_;
  std::string key_;
  std::string peer_name_;
  phase phase_ = phase::meeting;
  bool connecting_ = false;
  bool flush_due_ = false;
  bool throttled_ = false;
  bool echo_due_ = false;
  bool watched_ = false;
  nonces nonces_;
  blob own_info_;
  caf::actor greeter_;
  caf::actor peer_handle_;
  std::unique_ptr<carrier> carrier_;
  outbox outbox_;
  inbox inbox_;
  request_table requests_;
  std::vector<delivery> deliveries_;
  address_book::snapshot addresses_;
  uint64_t epoch_ = ~uint64_t{0};
  uint64_t dropped_ = 0;
  uint64_t heard_ = 0;        // batches
  uint64_t heard_before_ = 0; // when the watch began
  peer_info peer_;
  error end_;
  std::vector<caf::actor> curious_;
};

/// A peer takes too long.
struct meeting_deadline {};

/// Tells a greeter that one of its guests has been admitted or turned away.
struct guest_settled {};

/// Spawns a link that meets the host at `where`.
caf::actor spawn_connecting(caf::actor_system& sys, endpoint where,
                            std::string key, std::chrono::milliseconds timeout,
                            link_options options);

/// Spawns a link that meets the host of a greeter.
caf::actor spawn_meeting(caf::actor_system& sys, caf::actor greeter,
                         std::string key, std::chrono::milliseconds timeout,
                         link_options options);

/// Spawns a link that answers a guest.
caf::actor spawn_answering(caf::event_based_actor* greeter, caf::actor guest,
                           const hello& x, std::string key,
                           link_options options);

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::meeting_deadline)
MORPH_LOCAL_MESSAGE(morph::guest_settled)
