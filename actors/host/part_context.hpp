// What the actors of one deployment on one host share.
//
// Thread-safety: immutable but for counters and accounts, which are atomic or
// locked. `actors` is filled before the first message is sent.
//
// The handles form a cycle with the actors' states; it is broken when the
// controller ends the actors (`close`), which ends their states.
#pragma once

#include <morph/actors/machine/node_machine.hpp>
#include <morph/actors/machine/value_ledger.hpp>
#include <morph/actors/machine/wiring.hpp>
#include <morph/transport/object_store.hpp>

#include <caf/actor.hpp>

#include <atomic>
#include <memory>
#include <vector>

namespace morph {

/// What outlives a change of plan.
struct part_accounts {
  explicit part_accounts(const deployment& x)
    : counters(x.net.size()), cache_left(static_cast<int64_t>(x.cache_bytes)) {
    // nop
  }

  std::vector<node_counters> counters;
  std::atomic<int64_t> cache_left;
  value_ledger ledger;
};

struct part_context {
  part_context(deployment x, uint16_t host)
    : plan(std::move(x)), wires(plan), self(host),
      accounts(std::make_shared<part_accounts>(plan)) {
    // nop
  }

  /// Continues with the accounts of an earlier plan.
  part_context(deployment x, uint16_t host,
               std::shared_ptr<part_accounts> shared_accounts)
    : plan(std::move(x)), wires(plan), self(host),
      accounts(std::move(shared_accounts)) {
    // nop
  }

  deployment plan;
  wiring wires;
  uint16_t self; ///< Index of this host among those of the plan.
  std::shared_ptr<part_accounts> accounts;
  /// By node id: the node's actor, the link to its host, or for inputs the
  /// session (or the link to the session's host).
  std::vector<caf::actor> actors;
  caf::actor session;
  /// Of this host; null if remote pointers do not come here.
  std::shared_ptr<object_store> store;

  bool is_local(node_id n) const noexcept {
    return runs_somewhere(plan.net[n]) && plan.host_of[n] == self;
  }

  machine_context for_machines() {
    // Accounting costs a lock per value: only where a budget asks for it.
    return {&plan, &wires, &accounts->cache_left,
            plan.memory == memory_rule::free ? nullptr : &accounts->ledger};
  }

  uint64_t address(node_id n) const noexcept {
    return make_address(plan.id, n);
  }
};

using part_context_ptr = std::shared_ptr<part_context>;

} // namespace morph
