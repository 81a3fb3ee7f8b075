// A branch with the type of its result.
//
// Thread-safety: `value` is written before the branch is finished and read
// afterwards.
#pragma once

#include <morph/actors/task/branch_core.hpp>

#include <optional>
#include <type_traits>
#include <variant>

namespace morph::tasks {

template <class T>
using stored = std::conditional_t<std::is_void_v<T>, std::monostate, T>;

template <class T>
class branch_result : public branch_core {
public:
  using branch_core::branch_core;

  const std::type_info& result_type() const noexcept final {
    return typeid(T);
  }

  /// The result, moved if nobody else may want it.
  /// REQUIRES: finished without a problem.
  result<stored<T>> take(bool may_move) {
    if (taken.load(std::memory_order_relaxed))
      return already_taken();
    if constexpr (std::is_copy_constructible_v<stored<T>>) {
      if (!may_move)
        return *value;
    }
    if (taken.exchange(true, std::memory_order_acq_rel))
      return already_taken();
    result<stored<T>> out{std::move(*value)};
    value.reset();
    return out;
  }

  std::optional<stored<T>> value;

private:
  static tl::unexpected<error> already_taken() {
    return fail(errc::no_result, "the result of this branch was taken before");
  }
};

} // namespace morph::tasks
