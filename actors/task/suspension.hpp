// What a suspended branch waits for.
#pragma once

#include <string>

namespace morph::tasks {

class branch_core;

/// Lives in the awaiter, that is, in the frame of the coroutine that waits.
/// All on the strand of that branch.
class suspension {
public:
  /// Stops waiting: nothing will wake the branch on its behalf any more.
  virtual void detach() noexcept = 0;

  /// After "waits for ".
  virtual std::string what() const = 0;

  /// Of a scope: true if the branch may go on.
  virtual bool is_over() noexcept {
    return true;
  }

  branch_core* who = nullptr;
  bool interrupted = false; ///< It did not come to its end.
  bool holds_on = false;    ///< A cancellation does not end it.

protected:
  ~suspension() = default;
};

} // namespace morph::tasks
