#include <morph/graph/io/atomic_file.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <string>
#include <sys/stat.h>
#include <system_error>
#include <utility>

namespace morph {

namespace fs = std::filesystem;

namespace {

// Unique within the process; the process id makes it unique beyond.
std::atomic<unsigned> next_scratch{0};

fs::path scratch_name(const fs::path& target) {
  auto name = "." + target.filename().string() + "."
              + std::to_string(::getpid()) + "."
              + std::to_string(next_scratch.fetch_add(1)) + ".tmp";
  return target.parent_path() / name;
}

} // namespace

result<atomic_file> atomic_file::create(const fs::path& path) {
  atomic_file out;
  std::error_code ec;
  auto real = fs::canonical(path, ec);
  out.target_ = ec ? path : real;
  do {
    out.scratch_ = scratch_name(out.target_);
    out.fd_ = ::open(out.scratch_.c_str(),
                     O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    // A file of that name is what a process of the same id left when it died.
  } while (out.fd_ < 0 && errno == EEXIST);
  if (out.fd_ < 0)
    return out.failed("open");

  struct stat old {};

  if (::stat(out.target_.c_str(), &old) == 0) {
    if (!S_ISREG(old.st_mode)) {
      errno = S_ISDIR(old.st_mode) ? EISDIR : EINVAL;
      return out.failed("replace");
    }
    if (::fchmod(out.fd_, old.st_mode & 07777) != 0)
      return out.failed("set the permissions of");
  }
  return out;
}

atomic_file::atomic_file(atomic_file&& other) noexcept
  : target_(std::move(other.target_)), scratch_(std::move(other.scratch_)),
    fd_(std::exchange(other.fd_, -1)) {
  // nop
}

atomic_file& atomic_file::operator=(atomic_file&& other) noexcept {
  std::swap(target_, other.target_);
  std::swap(scratch_, other.scratch_);
  std::swap(fd_, other.fd_);
  return *this;
}

atomic_file::~atomic_file() {
  if (fd_ < 0)
    return;
  ::close(fd_);
  ::unlink(scratch_.c_str());
}

result<void> atomic_file::write(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    auto n = ::write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return failed("write");
    bytes = bytes.subspan(static_cast<size_t>(n));
  }
  return {};
}

result<void> atomic_file::commit() {
  if (::fsync(fd_) != 0)
    return failed("sync");
  if (::rename(scratch_.c_str(), target_.c_str()) != 0)
    return failed("rename");
  ::close(std::exchange(fd_, -1));
  // The rename itself is on the disk when the folder is. By now the new file
  // is in place, so a folder that cannot be synced is no failure.
  auto folder = target_.parent_path();
  auto dir = ::open(folder.empty() ? "." : folder.c_str(),
                    O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir >= 0) {
    ::fsync(dir);
    ::close(dir);
  }
  return {};
}

tl::unexpected<error> atomic_file::failed(std::string_view doing) const {
  auto why = std::generic_category().message(errno);
  return fail(errc::write_failed, "cannot " + std::string{doing} + " "
                                    + target_.string() + ": " + why);
}

} // namespace morph
