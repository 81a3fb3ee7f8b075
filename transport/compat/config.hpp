// Settings of the actor system, under the names that this version of CAF has.
//
// Thread-safety: call before the actor system is made.
#pragma once

#include <caf/fwd.hpp>

#include <chrono>
#include <cstddef>
#include <string>

namespace morph {

/// Files for mutual TLS; all empty: none. Set `certificate`, `key` and
/// `cafile` (or `capath`) together.
struct tls_options {
  std::string certificate;
  std::string key;
  std::string passphrase;
  std::string capath;
  std::string cafile;

  bool enabled() const noexcept {
    return !certificate.empty() && !key.empty()
           && !(cafile.empty() && capath.empty());
  }
};

struct system_options {
  /// Worker threads; 0: one per processor.
  size_t workers = 0;

  /// Messages that an actor may handle before others get their turn.
  size_t max_throughput = 300;

  /// Loads what remote actors need; without it there are fewer threads.
  bool networking = true;

  /// A peer that is silent for `connection_timeout` counts as lost.
  std::chrono::milliseconds heartbeat_interval{500};
  std::chrono::milliseconds connection_timeout{2000};

  tls_options tls;
};

/// Sets scheduler, networking and message types. Throws `failure` (MM0401) if
/// a TLS file cannot be read and (MM0608) if only some of them are named.
void configure(caf::actor_system_config& cfg, const system_options& x = {});

/// The same for a system that does not run by itself (simulated.hpp).
void configure_simulated(caf::actor_system_config& cfg);

} // namespace morph
