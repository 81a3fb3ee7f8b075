// Offers this process to drivers: what `morph host` does, for programs that
// embed it.
//
// Thread-safety: all members may be called from any thread but an actor.
#pragma once

#include <morph/transport/membership.hpp>
#include <morph/transport/object_store.hpp>

#include <caf/fwd.hpp>

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace morph {

struct host_options {
  std::string name; ///< As plans and pins call it; unique in a cluster.
  endpoint where;   ///< Port 0: any free one.
  std::string key;  ///< What drivers must know.
  /// Called with one line when something happens; may be empty.
  std::function<void(const std::string&)> on_event;
};

class host {
public:
  /// Throws `failure` (MM0603, MM0608).
  host(caf::actor_system& sys, const host_options& options);

  /// Closes the door and takes all deployments down.
  ~host();

  const endpoint& where() const noexcept;

  /// Where remote objects of this host live.
  object_store& store() noexcept;

  /// Who is behind which address: for those who look inside.
  const address_book& addresses() const noexcept;

  /// Waits until a driver asks the host to end, or the time is over; returns
  /// true if it was asked.
  bool wait_for(std::chrono::milliseconds time);

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

} // namespace morph
