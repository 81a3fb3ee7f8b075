// An actor system with the settings of this project, for one process.
//
// Thread-safety: as `caf::actor_system`.
#pragma once

#include <caf/fwd.hpp>

#include <cstddef>
#include <memory>

namespace morph::cli {

class actor_world {
public:
  /// Threads: 0 means one per processor.
  explicit actor_world(size_t workers);
  ~actor_world();

  caf::actor_system& system() noexcept;

private:
  struct parts;
  std::unique_ptr<parts> parts_;
};

} // namespace morph::cli
