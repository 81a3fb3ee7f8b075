// The controller of a deployment on one host: spawns the nodes placed there,
// passes on what concerns them all, answers the session's requests.
//
// Mailbox: `begin_step`, `commit_step`, `cancel_step`; `failed` of links, which
// it passes on to the session; `link_down` of its host; `control` with the
// verbs of a controller.
#pragma once

#include <morph/actors/host/part_context.hpp>
#include <morph/transport/address_book.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <memory>
#include <vector>

namespace morph {

struct part_setup {
  /// Its `actors` and `session` are filled by `spawn_part`.
  part_context_ptr context;
  /// Where the other hosts of the plan are reached; null at `self`.
  std::vector<caf::actor> links;
  /// The session's actor, or the link to its host.
  caf::actor session;
  /// True where the session lives.
  bool hosts_session = false;
  std::shared_ptr<address_book> book;
  /// Where nodes of this host place remote objects; may be null.
  std::shared_ptr<object_store> store;
};

/// Spawns all local nodes and their controller. Must not be called from one
/// of them.
caf::actor spawn_part(caf::actor_system& sys, part_setup setup);

/// Node actors alive in this process.
int64_t live_node_actors() noexcept;

} // namespace morph
