// Runs a command line from the root of the sources, with the programs of this
// build in its path.
#pragma once

#include <array>
#include <cstdio>
#include <string>

namespace morph::test {

struct command_result {
  std::string output; ///< What it printed, errors included.
  int status = -1;    ///< 0 if it succeeded.
};

inline command_result run_command(const std::string& line) {
  auto shell = std::string{"cd '"} + MORPH_SOURCE_DIR + "' && PATH='"
               + MORPH_PROGRAM_DIR + "':\"$PATH\" " + line + " 2>&1 </dev/null";
  command_result out;
  auto* pipe = popen(shell.c_str(), "r");
  if (!pipe)
    return out;
  std::array<char, 4096> buffer;
  while (auto n = std::fread(buffer.data(), 1, buffer.size(), pipe))
    out.output.append(buffer.data(), n);
  out.status = pclose(pipe);
  return out;
}

} // namespace morph::test
