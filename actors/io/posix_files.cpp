#include <morph/actors/io/posix_files.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <sys/stat.h>
#include <sys/uio.h>
#include <system_error>

namespace morph::detail {

namespace fs = std::filesystem;

namespace {

int flags_of(open_mode x) {
  switch (x) {
    case open_mode::read:
      return O_RDONLY;
    case open_mode::write:
      return O_RDWR | O_CREAT;
    case open_mode::create:
      return O_RDWR | O_CREAT | O_EXCL;
    case open_mode::truncate:
      return O_RDWR | O_CREAT | O_TRUNC;
  }
  return O_RDONLY;
}

error open_error(const fs::path& p, int number) {
  return os_error(errc::cannot_open, "open", p.string(), number);
}

/// Calls again what a signal has interrupted.
template <class F>
auto uninterrupted(F f) {
  for (;;)
    if (auto n = f(); n >= 0 || errno != EINTR)
      return n;
}

} // namespace

error os_error(errc code, std::string_view doing, const std::string& what,
               int number) {
  return error{code, "cannot " + std::string{doing} + " " + what + ": "
                       + std::generic_category().message(number)};
}

posix_file::~posix_file() {
  ::close(fd_);
}

result<posix_file_ptr> posix_file::open(const fs::path& p, open_mode mode) {
  // Without O_NONBLOCK, opening a pipe nobody writes to would wait for ever.
  auto fd = uninterrupted([&] {
    return ::open(p.c_str(), flags_of(mode) | O_CLOEXEC | O_NONBLOCK, 0666);
  });
  if (fd < 0)
    return fail(open_error(p, errno));
  auto out = std::make_shared<posix_file>(fd, p.string());

  struct stat info {};

  if (::fstat(fd, &info) != 0)
    return fail(open_error(p, errno));
  if (S_ISDIR(info.st_mode))
    return fail(open_error(p, EISDIR));
  if (!S_ISREG(info.st_mode))
    return fail(errc::cannot_open,
                "cannot open " + p.string() + ": not a regular file");
  return out;
}

result<uint64_t> posix_file::size() const {
  struct stat info {};

  if (::fstat(fd_, &info) != 0)
    return fail(read_error(errno));
  return static_cast<uint64_t>(info.st_size);
}

result<size_t> posix_file::read_some(uint64_t offset,
                                     std::span<std::byte> out) const {
  auto n = uninterrupted([&] {
    return ::pread(fd_, out.data(), out.size(), static_cast<off_t>(offset));
  });
  if (n < 0)
    return fail(read_error(errno));
  return static_cast<size_t>(n);
}

result<size_t> posix_file::write_some(
  uint64_t offset, std::span<const const_bytes> parts) const {
  std::array<iovec, max_pieces> raw;
  auto count = std::min(parts.size(), raw.size());
  for (size_t i = 0; i < count; ++i)
    raw[i] = {const_cast<std::byte*>(parts[i].data()), parts[i].size()};
  auto n = uninterrupted([&] {
    return ::pwritev(fd_, raw.data(), static_cast<int>(count),
                     static_cast<off_t>(offset));
  });
  if (n < 0)
    return fail(write_error("write", errno));
  return static_cast<size_t>(n);
}

result<void> posix_file::sync() const {
  if (uninterrupted([&] { return ::fsync(fd_); }) != 0)
    return fail(write_error("sync", errno));
  return {};
}

error posix_file::read_error(int number) const {
  return os_error(errc::read_failed, "read", name_, number);
}

error posix_file::write_error(std::string_view doing, int number) const {
  return os_error(errc::write_failed, doing, name_, number);
}

result<posix_draft> make_draft(const fs::path& path) {
  std::error_code ec;
  auto real = fs::canonical(path, ec);
  posix_draft out;
  out.target = ec ? path : real;
  auto failed = [&](std::string_view doing, int number) {
    return fail(
      os_error(errc::write_failed, doing, out.target.string(), number));
  };

  struct stat old {};

  auto replaces = ::stat(out.target.c_str(), &old) == 0;
  if (replaces && !S_ISREG(old.st_mode))
    return failed("replace", S_ISDIR(old.st_mode) ? EISDIR : EINVAL);
  // The first name that is free: drafts of other savers, and of processes
  // that have died, stay as they are.
  for (unsigned i = 0;; ++i) {
    out.draft
      = out.target.parent_path()
        / ("." + out.target.filename().string() + "."
           + std::to_string(::getpid()) + "." + std::to_string(i) + ".tmp");
    auto fd
      = ::open(out.draft.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (fd < 0 && (errno == EEXIST || errno == EINTR))
      continue;
    if (fd < 0)
      return failed("open a draft of", errno);
    out.content = std::make_shared<posix_file>(fd, out.draft.string());
    break;
  }
  if (replaces && ::fchmod(out.content->fd(), old.st_mode & 07777) != 0) {
    auto number = errno;
    ::unlink(out.draft.c_str());
    return failed("set the permissions of", number);
  }
  return out;
}

result<void> rename_file(const fs::path& from, const fs::path& to) {
  if (::rename(from.c_str(), to.c_str()) != 0)
    return fail(os_error(errc::write_failed, "rename", from.string(), errno));
  return {};
}

result<void> remove_file(const fs::path& p) {
  if (::unlink(p.c_str()) != 0)
    return fail(os_error(errc::write_failed, "remove", p.string(), errno));
  return {};
}

result<void> sync_folder(const fs::path& p) {
  auto name = p.empty() ? fs::path{"."} : p;
  auto fd = ::open(name.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  auto ok = fd >= 0 && ::fsync(fd) == 0;
  auto number = errno;
  if (fd >= 0)
    ::close(fd);
  if (!ok)
    return fail(os_error(errc::write_failed, "sync", name.string(), number));
  return {};
}

} // namespace morph::detail
