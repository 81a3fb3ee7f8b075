// Replaces a file as a whole or not at all: what is written goes to a new file
// in the same folder, which takes the old one's place once it is on the disk.
// If anything fails before, the old file stays as it was and the new one is
// removed.
//
// Thread-safety: none; use one object per thread. Several writers of one path
// do not disturb each other; the last to commit wins.
#pragma once

#include <morph/graph/error.hpp>

#include <cstddef>
#include <filesystem>
#include <span>
#include <string_view>

namespace morph {

class atomic_file {
public:
  /// Opens the new file beside `path`; MM0405 if that fails. A symbolic link
  /// is followed; permissions of an existing file are kept.
  static result<atomic_file> create(const std::filesystem::path& path);

  atomic_file(atomic_file&& other) noexcept;
  atomic_file& operator=(atomic_file&& other) noexcept;

  /// Removes the new file unless it was committed.
  ~atomic_file();

  /// Appends; MM0405 if that fails.
  result<void> write(std::span<const std::byte> bytes);

  result<void> write(std::string_view text) {
    return write(std::as_bytes(std::span{text.data(), text.size()}));
  }

  /// Waits until the content is on the disk, then renames the new file to
  /// the old one's name. Nothing may be written afterwards.
  result<void> commit();

private:
  atomic_file() = default;

  tl::unexpected<error> failed(std::string_view doing) const;

  std::filesystem::path target_;
  std::filesystem::path scratch_;
  int fd_ = -1;
};

} // namespace morph
