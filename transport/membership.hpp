// How hosts meet: offering this process to others and connecting to one.
//
// Both sides prove with HMAC-SHA256 over fresh nonces that they know the key,
// the connecting side first, before anything else that the peer says is
// parsed. Nobody learns the key or whether a guess was close.
//
// Thread-safety: all functions may be called from any thread but not from
// inside an actor, save `connect`, which may.
//
// Invariants:
// 1. Nothing listens beyond loopback unless mutual TLS is configured.
// 2. A peer that has not proved itself gets at most a challenge and a refusal.
// 3. A lost peer is reported at once (process ended) or within
//    `connection_timeout` + `heartbeat_interval` (frozen).
#pragma once

#include <morph/graph/error.hpp>
#include <morph/transport/compat/config.hpp>
#include <morph/transport/endpoint.hpp>
#include <morph/transport/link.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace morph {

/// Fails with MM0608 if one must not listen at or connect to `where` without
/// mutual TLS, MM0601 if the system was configured without networking.
result<void> check_endpoint(caf::actor_system& sys, const endpoint& where);

/// An open door. Destroying it closes the door; links stay.
class offered {
public:
  offered() = default;
  offered(caf::actor_system& sys, caf::actor greeter, endpoint where);
  offered(offered&& other) noexcept;
  offered& operator=(offered&& other) noexcept;
  ~offered();

  /// The address with the port that was really taken.
  const endpoint& where() const noexcept {
    return where_;
  }

private:
  caf::actor_system* sys_ = nullptr;
  caf::actor greeter_;
  endpoint where_;
};

/// Waits for peers at `where` (port 0: any free one) and makes a link for each
/// that knows `key`; the supervisor in `options` gets `link_up`.
/// Fails with MM0603 if the port is in use, MM0608 if the address is not
/// loopback and mutual TLS is not configured.
result<offered> offer(caf::actor_system& sys, const endpoint& where,
                      std::string key, link_options options);

/// Starts a link to the host at `where` and returns at once. The supervisor
/// gets `link_up`, or `link_down` with MM0601 (unreachable within `timeout`),
/// MM0602 (wrong key) or MM0608.
caf::actor connect(caf::actor_system& sys, const endpoint& where,
                   std::string key, std::chrono::milliseconds timeout,
                   link_options options);

/// The actor that `offer` makes reachable, for a CAF network that the user
/// already runs: hand it to `meet` on another host.
caf::actor spawn_greeter(caf::actor_system& sys, std::string key,
                         link_options options);

/// Like `connect`, to the host of a greeter.
caf::actor meet(caf::actor_system& sys, caf::actor greeter, std::string key,
                std::chrono::milliseconds timeout, link_options options);

/// Connects and waits for the outcome.
result<link_up> connect_and_wait(caf::actor_system& sys, const endpoint& where,
                                 std::string key,
                                 std::chrono::milliseconds timeout,
                                 link_options options);

} // namespace morph
