// Why branches are cancelled, and what that looks like inside of them.
//
// Thread-safety: a reason is constant.
#pragma once

#include <morph/graph/error.hpp>

#include <memory>
#include <string>

namespace morph::tasks {

/// Made once, shared by all branches that are cancelled for it.
using reason_ptr = std::shared_ptr<const failure>;

inline reason_ptr make_reason(errc code, std::string message) {
  return std::make_shared<const failure>(error{code, std::move(message)});
}

/// What a wait throws in a branch that is cancelled. A branch that is left by
/// it has failed for its reason: nothing need be asked of the exception.
class interruption final : public failure {
public:
  explicit interruption(const failure& why) noexcept : failure(why) {
    // nop
  }
};

/// True if the exception that is being handled is an interruption.
bool handles_interruption() noexcept;

} // namespace morph::tasks
