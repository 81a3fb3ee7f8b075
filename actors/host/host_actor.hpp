// One process that offers to run nodes: meets other hosts, takes deployments,
// answers its drivers.
//
// Mailbox: `link_up` and `link_down` of its links; `control` with the verbs of
// a host, or for a controller, to which it is passed on.
#pragma once

#include <morph/actors/host/verbs.hpp>
#include <morph/transport/address_book.hpp>
#include <morph/transport/compat/messaging.hpp>
#include <morph/transport/membership.hpp>
#include <morph/transport/object_store.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace morph {

namespace tasks {

class branch_service;

} // namespace tasks

struct host_setup {
  std::string name;
  std::string key;
  std::shared_ptr<address_book> book;
  /// REQUIRES: not null.
  std::shared_ptr<object_store> store;
  /// Runs branches for drivers; null: it runs none.
  std::shared_ptr<tasks::branch_service> branches;
  /// How others reach this host; tells it in `link_options::self` too.
  endpoint where;
  /// Called from the actor when a driver asks the host to end; may be empty.
  std::function<void()> on_stop;
  /// Called from the actor with one line for people; may be empty.
  std::function<void(const std::string&)> on_event;
};

/// Request: takes all deployments down, closes the door to new ones and
/// answers with the links that are left, which the caller closes.
struct leave {};

struct left_links {
  std::vector<caf::actor> links;
};

/// Closes links and waits for their end: a system must not go before them.
void close_links(caf::actor_system& sys, const std::vector<caf::actor>& links);

/// Link options for all links of this host: `self`, `book` and handlers set.
link_options options_for(const host_setup& setup, const caf::actor& host);

/// What is alive in this process and in its store.
host_counts count_here(std::string name, const store_counts& x);

/// Has a link carry a small message and one in chunks, which it measures and
/// nobody reads: what they take tells its latency and its bandwidth.
void probe_link(const caf::actor& link);

/// What a link tells of its outgoing direction, in a form that can travel.
link_reading read_link(const link_stats& x);

caf::actor spawn_host(caf::actor_system& sys, host_setup setup);

} // namespace morph

MORPH_LOCAL_MESSAGE(morph::leave)
MORPH_LOCAL_MESSAGE(morph::left_links)
