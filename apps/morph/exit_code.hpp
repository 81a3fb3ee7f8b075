// What the program ends with. docs/cli.md lists the codes for users.
//
// Thread-safety: plain values and pure functions.
#pragma once

#include <morph/graph/error.hpp>

namespace morph::cli {

enum class exit_code : int {
  ok = 0,
  run_failed = 1,
  usage = 2,
  bad_input = 3,   ///< A file, a graph or a setting that cannot be used.
  unreachable = 4, ///< A host that does not answer, refuses or is lost.
  timed_out = 5,
  check_failed = 6, ///< A numerical check.
  interrupted = 130,
};

/// The code for an error of the library.
exit_code exit_code_of(errc code) noexcept;

} // namespace morph::cli
