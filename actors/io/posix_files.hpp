// Files by plain system calls on the caller's thread: what `blocking_io` does
// itself, and what `asio_io` has done elsewhere.
//
// Thread-safety: free functions and `posix_file` are safe from any thread.
#pragma once

#include <morph/actors/io/io.hpp>

namespace morph::detail {

/// `cannot read rows.bin: Input/output error`.
error os_error(errc code, std::string_view doing, const std::string& what,
               int number);

/// A file descriptor of a regular file.
class posix_file {
public:
  posix_file(int fd, std::string name) : fd_(fd), name_(std::move(name)) {
    // nop
  }

  posix_file(const posix_file&) = delete;
  posix_file& operator=(const posix_file&) = delete;
  ~posix_file();

  static result<std::shared_ptr<posix_file>> open(const std::filesystem::path&,
                                                  open_mode mode);

  int fd() const noexcept {
    return fd_;
  }

  const std::string& name() const noexcept {
    return name_;
  }

  result<uint64_t> size() const;
  result<size_t> read_some(uint64_t offset, std::span<std::byte> out) const;
  result<size_t> write_some(uint64_t offset,
                            std::span<const const_bytes> parts) const;
  result<void> sync() const;

  error read_error(int number) const;
  error write_error(std::string_view doing, int number) const;

private:
  int fd_;
  std::string name_;
};

using posix_file_ptr = std::shared_ptr<posix_file>;

struct posix_draft {
  posix_file_ptr content;
  std::filesystem::path draft;
  std::filesystem::path target;
};

result<posix_draft> make_draft(const std::filesystem::path& target);

result<void> rename_file(const std::filesystem::path& from,
                         const std::filesystem::path& to);

result<void> remove_file(const std::filesystem::path& p);

result<void> sync_folder(const std::filesystem::path& p);

} // namespace morph::detail
