// Who is behind an address on this host: what a link asks for each message
// that comes in.
//
// Thread-safety: all members may be called from any thread.
// Invariants:
// 1. A snapshot is immutable: a lookup never sees half of a deployment.
// 2. After `close` returns no new snapshot names the deployment.
#pragma once

#include <morph/transport/mailbox.hpp>

#include <caf/actor.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

namespace morph {

/// The actors of one deployment. `nodes` is indexed by node number; a null
/// handle is a node that lives elsewhere.
struct deployment_addresses {
  std::vector<caf::actor> nodes;
  caf::actor controller;
  caf::actor session;

  /// Null if there is no such actor here.
  const caf::actor& find(uint32_t node) const noexcept;
};

class address_book {
public:
  using entry = std::shared_ptr<const deployment_addresses>;
  using snapshot = std::shared_ptr<const std::map<uint32_t, entry>>;

  address_book();

  /// Adds or replaces a deployment.
  void open(uint32_t deployment, deployment_addresses actors);

  void close(uint32_t deployment);

  /// Null if nobody here has that address.
  caf::actor find(uint64_t address) const;

  snapshot all() const;

  /// Changes with every `open` and `close`.
  uint64_t epoch() const noexcept {
    return epoch_.load(std::memory_order_acquire);
  }

private:
  mutable std::mutex mutex_;
  snapshot current_;
  std::atomic<uint64_t> epoch_{0};
};

} // namespace morph
