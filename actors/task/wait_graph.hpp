// Who waits for the branch of somebody else: finds circles before they close.
//
// A branch that awaits its own branches cannot close one by itself, so only
// the others are written down.
//
// Thread-safety: all members may be called from any thread.
#pragma once

#include <morph/actors/task/branch_core.hpp>

#include <map>
#include <mutex>
#include <set>
#include <string>
#include <vector>

namespace morph::tasks {

class wait_graph {
public:
  /// Writes down that `who` waits for `what`. MM0513 with the names on the
  /// circle if `what` cannot finish before `who` does.
  result<void> add(branch_core& who, branch_core& what);

  void remove(branch_core& who) noexcept;

private:
  bool leads_back(branch_core& from, const branch_core& who,
                  std::set<branch_core*>& seen, std::vector<std::string>& path);

  std::mutex mutex_;
  std::map<branch_core*, branch_ref<branch_core>> waits_;
};

} // namespace morph::tasks
