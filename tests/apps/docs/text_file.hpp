// Text files of the source tree, by lines.
#pragma once

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace morph::test {

inline std::filesystem::path source_dir() {
  return MORPH_SOURCE_DIR;
}

inline std::vector<std::string> lines_of(const std::filesystem::path& path) {
  std::ifstream in{path};
  REQUIRE(in);
  std::vector<std::string> out;
  for (std::string line; std::getline(in, line);)
    out.push_back(line);
  return out;
}

} // namespace morph::test
