// Configuration of programs whose runtime the caller chooses:
//
//   void caf_main(caf::actor_system& sys, const morph::config& cfg) {
//     auto s = morph::deploy(cfg.runtime(sys), g, objective);
//     ...
//   }
//   CAF_MAIN()
//
//   ./program                                     the caller's thread
//   ./program --runtime=threads                   this process's workers
//   ./program --hosts=morph-hosts.json            hosts of morph up
//   ./program --hosts=127.0.0.1:4001,127.0.0.1:4002 --key-file=key
//
// Thread-safety: as caf::actor_system_config.
#pragma once

#include <morph/actors/runtime/runtime.hpp>
#include <morph/transport/compat/config.hpp>

#include <caf/actor_system_config.hpp>

#include <cstdint>
#include <memory>
#include <string>

namespace morph {

/// As `configure`, with the message types of this layer too: what a CAF
/// program that embeds graphs calls on its own configuration.
void configure_actors(caf::actor_system_config& cfg,
                      const system_options& options = {});

class config : public caf::actor_system_config {
public:
  explicit config(const system_options& options = {});

  /// What `--runtime`, `--hosts` and `--key-file` ask for. The key may also
  /// come from the environment variable MORPH_KEY. Throws `failure`: MM0108
  /// for an unknown runtime or hosts without a key, MM0112 for a malformed
  /// address, MM0403 for a malformed file of hosts, MM0401 for a key file that
  /// cannot be read, and what `cluster` throws.
  std::unique_ptr<morph::runtime> runtime(caf::actor_system& sys) const;

  /// `--seed`: 0 unless given.
  uint64_t seed = 0;

private:
  std::string runtime_;
  std::string hosts_;
  std::string key_file_;
};

} // namespace morph
