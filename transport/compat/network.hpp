// Publishing an actor and finding a published one, with or without TLS.
//
// If TLS is configured (config.hpp), it is used for every connection.
//
// Thread-safety: `publish` and `unpublish` block briefly and may be called
// from any thread but not from inside an actor; `find_published` belongs
// inside `self`.
#pragma once

#include <morph/graph/error.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>

namespace morph::compat {

/// True if connections of this system are authenticated and encrypted.
bool has_tls(caf::actor_system& sys);

/// True if the system can talk to others at all.
bool has_network(caf::actor_system& sys);

/// Makes `whom` reachable; returns the port. Fails with MM0603 if the port
/// is in use.
result<uint16_t> publish(const caf::actor& whom, const std::string& address,
                         uint16_t port);

void unpublish(const caf::actor& whom, uint16_t port);

/// Asks for the actor that is published at an address; calls exactly one of
/// the functions, inside `self`.
void find_published(caf::event_based_actor* self, const std::string& host,
                    uint16_t port, std::chrono::milliseconds timeout,
                    std::function<void(const caf::actor&)> found,
                    std::function<void(const std::string& why)> missing);

/// Worker threads of the scheduler.
size_t num_workers(caf::event_based_actor* self);

} // namespace morph::compat
