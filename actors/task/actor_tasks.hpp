// Tasks on the actor system of this process: a strand is an actor.
//
// A branch that is not folded has an actor of its own, and all that reaches it
// comes through that actor's mailbox. Timers are one more actor. In a simulated
// system, who waits lets it run meanwhile, on its clock.
//
// Thread-safety: as `task_runtime`.
#pragma once

#include <morph/actors/task/task_runtime.hpp>
#include <morph/graph/clock.hpp>

#include <caf/fwd.hpp>

#include <memory>
#include <string>

namespace morph {

class actor_tasks final : public task_runtime {
public:
  /// The system must outlive this object.
  explicit actor_tasks(caf::actor_system& sys, std::string name = "threads");

  ~actor_tasks() override;

  std::string name() const override {
    return name_;
  }

  bool overlaps() const noexcept override {
    return true;
  }

  bool wants_strands() const noexcept override;
  bool has_strands_to_spare() const noexcept override;

  task_time now() const noexcept override;

  tasks::strand_ptr make_strand() override;
  void arm(tasks::timer& x) override;
  void disarm(tasks::timer& x) override;

  /// As `task_runtime`; a worker of the system must not wait. MM0510 in a
  /// simulated system alone.
  result<void> wait_for(tasks::branch_core& x) override;

protected:
  void changed() noexcept override;

private:
  struct shared;
  class timer_table;
  class strand_actor;
  class timer_actor;

  /// Ends what cannot go on and names it.
  result<void> stalled();

  std::string name_;
  caf::actor_system& sys_;
  clock_source* simulated_; // null: real time
  size_t workers_;
  std::unique_ptr<timer_table> timers_;
  std::shared_ptr<shared> shared_;
};

} // namespace morph
