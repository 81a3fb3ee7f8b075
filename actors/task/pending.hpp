// What is not done, and why: for runtimes on which nothing can go on.
//
// Thread-safety: call while nothing runs.
#pragma once

#include <morph/graph/error.hpp>

#include <string>
#include <vector>

namespace morph {

struct pending_branch {
  std::string name;
  place where;
  std::string waits_for;
};

/// One line each, the first ones.
std::string to_string(const std::vector<pending_branch>& xs);

namespace tasks {

class branch_core;

/// The branch and what it has branched, owners first.
void collect_pending(const branch_core& root, std::vector<pending_branch>& out);

} // namespace tasks

} // namespace morph
