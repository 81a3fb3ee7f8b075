// A branch that runs on another host, seen from the process that branched.
//
// It waits for its host on the strand of its owner; nothing of it is a
// coroutine. A cancellation is sent to the host, and the branch ends when the
// host has confirmed it or is lost.
//
// Thread-safety: as `branch_core`; a line reads what is constant after the
// start, and writes `report` before it posts the end.
#pragma once

#include <morph/actors/remote/branch_batch.hpp>
#include <morph/actors/remote/known_function.hpp>
#include <morph/actors/task/branch_core.hpp>
#include <morph/actors/task/suspension.hpp>

#include <cstdint>
#include <string>

namespace morph::tasks {

class remote_call;

/// The way to one host, or to whichever has the least to do.
class remote_line {
public:
  /// Sends `x`; it ends by `remote_call::end`, even if that fails.
  virtual void start(remote_call& x) = 0;

  /// Asks the host of `x` to cancel it.
  virtual void cancel(remote_call& x) = 0;

  /// The host's name.
  virtual std::string name() const = 0;

protected:
  ~remote_line() = default;
};

class remote_call final : public suspension {
public:
  remote_call(branch_core& x, known_function& f, remote_line& to, blob args)
    : function(&f), line(&to), arguments(std::move(args)) {
    who = &x;
    holds_on = true;
  }

  /// Gives it to its line. Runs on the strand of the branch.
  void start();

  /// It has ended as `report` says. Runs on the strand of the branch.
  void end();

  void detach() noexcept override {
    // nop
  }

  void ask_to_end() noexcept override;

  std::string what() const override;

  /// Its host has ended it because it was told to.
  bool was_cancelled() const noexcept {
    return report.how == branch_end::cancelled;
  }

  /// Why it has no result.
  error problem() const;

  known_function* function;
  remote_line* line;
  blob arguments;
  uint64_t id = 0; ///< The line's.
  int64_t started_ns = 0;
  branch_report report;

private:
  bool cancel_sent_ = false;
};

} // namespace morph::tasks
