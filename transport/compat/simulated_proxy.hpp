// Stands for an actor of another simulated system, as CAF's own proxies stand
// for remote actors: what it gets is written to bytes, as for a socket, and
// given to a function.
//
// Thread-safety: none; a simulated system belongs to one thread.
#pragma once

#include <caf/actor.hpp>
#include <caf/actor_control_block.hpp>
#include <caf/error.hpp>
#include <caf/fwd.hpp>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace morph::compat {

/// A message between systems.
struct remote_message {
  uint64_t from = 0;   ///< Id of the sender in its system; 0: none.
  uint64_t to = 0;     ///< Id of the receiver in its system.
  uint64_t number = 0; ///< CAF's id of requests and responses.
  std::string type;    ///< For people.
  size_t bulk = 0;     ///< Bytes at its end that no type governs.
  std::vector<char> bytes;
};

/// Gets each message and who has sent it.
using remote_sink
  = std::function<void(remote_message, const caf::strong_actor_ptr& sender)>;

/// Makes a stand-in in `here` for the actor `id` of the system `there`.
caf::strong_actor_ptr make_simulated_proxy(caf::actor_system& here,
                                           caf::actor_system& there,
                                           uint64_t id, remote_sink sink);

/// Ends a stand-in: who monitors it is told.
void end_simulated_proxy(const caf::strong_actor_ptr& x, bool lost,
                         const caf::error& why);

/// Reads a message and puts it into the mailbox of `to`. What cannot be read
/// arrives as an empty message, as it does with CAF.
void deliver(caf::actor_system& sys, const caf::strong_actor_ptr& from,
             const caf::strong_actor_ptr& to, const remote_message& x);

/// Calls `f` when an actor ends.
void when_ended(const caf::strong_actor_ptr& x,
                std::function<void(const caf::error&)> f);

} // namespace morph::compat
