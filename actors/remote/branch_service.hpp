// Runs branches of drivers in this process, as tasks on its actor system.
//
// Thread-safety: belongs to one actor, that of the host; made and destroyed
// outside of all actors.
// Invariants:
// 1. Orders of a driver are carried out in the order in which it gave them.
// 2. When a driver is dropped, what runs for it is cancelled.
#pragma once

#include <morph/actors/host/verbs.hpp>
#include <morph/actors/remote/branch_batch.hpp>
#include <morph/transport/blob.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace morph {

class actor_tasks;

} // namespace morph

namespace morph::tasks {

class lane;

class branch_service {
public:
  /// The system must outlive this object.
  branch_service(caf::actor_system& sys, std::string host_name);

  /// Waits until all branches are gone.
  ~branch_service();

  /// Orders of the driver behind `link`. One that sends garbage is dropped.
  void receive(const caf::actor& link, const blob& body);

  /// The driver behind `link` is gone.
  void drop(const caf::actor& link);

  void drop_all();

  /// Adds branches and timers that are alive.
  void add_to(host_counts& x) const;

private:
  struct guest {
    uint64_t next = 1; ///< Number of the orders to be carried out next.
    std::map<uint64_t, branch_orders> early;
    std::vector<std::shared_ptr<lane>> lanes;
  };

  guest& guest_of(const caf::actor& link);
  void carry_out(const caf::actor& link, guest& g, branch_orders& x);
  error unknown(const function_name& x) const;

  caf::actor_system& sys_;
  std::string name_;
  std::shared_ptr<std::atomic<int64_t>> lanes_;
  std::unique_ptr<actor_tasks> tasks_; // made when it is needed
  std::map<caf::actor, guest> guests_;
};

} // namespace morph::tasks
