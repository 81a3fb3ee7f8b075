// The way to one host, seen from a driver: collects what branches of this
// process start and cancel there, sends it in few messages, and ends the
// branches of which the host reports.
//
// Thread-safety: all members may be called from any thread.
// Invariants:
// 1. Each call that was started ends once: by a report, or because the host is
//    lost.
// 2. A call is sent before it is cancelled, and orders are numbered.
#pragma once

#include <morph/actors/remote/known_function.hpp>
#include <morph/actors/remote/remote_call.hpp>

#include <caf/actor.hpp>
#include <caf/fwd.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace morph::tasks {

class branch_line final : public remote_line {
public:
  branch_line(caf::actor_system& sys, std::string host, uint32_t workers,
              const caf::actor& link);

  ~branch_line();

  void start(remote_call& x) override;
  void cancel(remote_call& x) override;

  std::string name() const override {
    return host_;
  }

  /// Takes `control` messages and the `link_down` of its link.
  const caf::actor& actor() const noexcept {
    return actor_;
  }

  bool lost() const noexcept {
    return state_->lost.load(std::memory_order_acquire);
  }

  /// Calls that have not ended, for each worker of the host.
  double load() const noexcept {
    return static_cast<double>(state_->live.load(std::memory_order_relaxed))
           / workers_;
  }

  int64_t live() const noexcept {
    return state_->live.load(std::memory_order_relaxed);
  }

  /// What sending so many bytes and hearing back costs, as measured; what is
  /// assumed before.
  double message_ns(int64_t bytes) const noexcept;

  bool measured() const noexcept {
    return state_->trip_ns.count() > 0;
  }

private:
  class line_actor;

  using call_ref = std::pair<branch_ref<branch_core>, remote_call*>;

  /// Shared with the actor.
  struct shared {
    std::mutex mutex;
    std::vector<call_ref> starts;
    std::vector<call_ref> cancels;
    bool flush_due = false;
    std::atomic<bool> lost{false};
    std::atomic<int64_t> live{0};
    recent_mean trip_ns;        ///< Of small messages.
    recent_mean picos_per_byte; ///< Of large ones, beyond that.
  };

  void push(std::vector<call_ref>& to, remote_call& x);

  std::string host_;
  double workers_;
  std::shared_ptr<shared> state_;
  caf::actor actor_;
};

} // namespace morph::tasks
