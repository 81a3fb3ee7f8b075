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

enum class branch_site : uint8_t {
  folded,     ///< On the strand of its owner.
  own_strand, ///< On a strand made for it, in this process.
};

class placer {
public:
  virtual ~placer();

  virtual result<branch_site> place(const branch_hints& hints,
                                    const task_runtime& rt)
    = 0;

  /// Names that `pin` may use.
  virtual std::vector<std::string> hosts(const task_runtime& rt) const = 0;
};

/// Knows this process only. Without a hint, a branch gets a strand of its own
/// while the runtime has processors to spare.
class local_placer final : public placer {
public:
  result<branch_site> place(const branch_hints& hints,
                            const task_runtime& rt) override;

  std::vector<std::string> hosts(const task_runtime& rt) const override;
};

} // namespace morph
