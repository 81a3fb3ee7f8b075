// A folder of its own for each test, removed at the end.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

class scratch_folder {
public:
  scratch_folder() {
    auto pattern
      = (std::filesystem::temp_directory_path() / "morph-test-XXXXXX").string();
    if (!::mkdtemp(pattern.data()))
      throw std::runtime_error("cannot make a scratch folder");
    path_ = pattern;
  }

  scratch_folder(const scratch_folder&) = delete;
  scratch_folder& operator=(const scratch_folder&) = delete;

  ~scratch_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const {
    return path_;
  }

  std::filesystem::path write(std::string_view name,
                              std::string_view content) const {
    auto file = path_ / name;
    std::ofstream{file, std::ios::binary} << content;
    return file;
  }

  static std::string read(const std::filesystem::path& file) {
    std::ifstream in{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{in}, {}};
  }

  /// Number of entries in the folder.
  long count() const {
    std::filesystem::directory_iterator first{path_};
    return std::distance(first, std::filesystem::directory_iterator{});
  }

private:
  std::filesystem::path path_;
};
