// Decides where a branch runs.
//
// Thread-safety: `place` is called from all strands of a runtime at once.
#pragma once

#include <morph/actors/task/hints.hpp>
#include <morph/graph/error.hpp>

#include <cstdint>
#include <string>
#include <vector>

namespace morph {

class task_runtime;

namespace tasks {

class remote_line;
struct function_key;

} // namespace tasks

enum class branch_site : uint8_t {
  folded,     ///< On the strand of its owner.
  own_strand, ///< On a strand made for it, in this process.
  elsewhere,  ///< In another one; only where `reaches_hosts`.
};

class placer {
public:
  virtual ~placer();

  virtual result<branch_site> place(const branch_hints& hints,
                                    const task_runtime& rt)
    = 0;

  /// Names that `pin` may use.
  virtual std::vector<std::string> hosts(const task_runtime& rt) const = 0;

  // -- of placers that send branches to other processes -----------------------

  virtual bool reaches_hosts() const noexcept {
    return false;
  }

  /// Null if hosts do not know the function.
  virtual tasks::known_function* find(const tasks::function_key& key);

  /// The way of a branch that goes elsewhere.
  /// REQUIRES: `place` has said so.
  virtual tasks::remote_line& line_for(const branch_hints& hints);
};

/// Knows this process only. Without a hint, a branch gets a strand of its own
/// while the runtime has processors to spare; with `spread`, unless there are
/// hundreds already: the rest of a recursion then runs depth first.
class local_placer final : public placer {
public:
  result<branch_site> place(const branch_hints& hints,
                            const task_runtime& rt) override;

  std::vector<std::string> hosts(const task_runtime& rt) const override;
};

} // namespace morph
