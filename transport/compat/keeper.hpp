// Ends hidden actors before their actor system is torn down.
//
// An actor system waits for visible actors only. A hidden one that a remote
// handle refers to would be destroyed after the parts it needs.
//
// Thread-safety: all functions may be called from any thread.
// Invariant: when the system stops its modules, kept actors end first.
#pragma once

#include <caf/actor_addr.hpp>
#include <caf/actor_system.hpp>
#include <caf/detail/type_list.hpp>
#include <caf/fwd.hpp>

#include <condition_variable>
#include <map>
#include <mutex>

namespace morph::compat {

class keeper : public caf::actor_system::module {
public:
  explicit keeper(caf::actor_system& sys);

  /// Called by CAF for `config.load<keeper>()`.
  static caf::actor_system::module* make(caf::actor_system& sys,
                                         caf::detail::type_list<>);

  void start() override;
  void stop() override;
  void init(caf::actor_system_config&) override;
  id_t id() const override;
  void* subtype_ptr() override;

  void add(caf::local_actor* x);

private:
  caf::actor_system& system_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::map<caf::actor_id, caf::actor_addr> kept_;
};

/// Hands the actor over to its system's keeper, if the system has one.
void keep(caf::local_actor* self);

} // namespace morph::compat
