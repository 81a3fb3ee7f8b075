#include <morph/graph/io/binary_source.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>
#include <system_error>

namespace morph {

namespace {

auto cannot_open(const std::string& name, std::string_view why) {
  return fail(errc::cannot_open, name + ": " + std::string{why});
}

std::string last_os_error() {
  return std::generic_category().message(errno);
}

} // namespace

result<binary_source> binary_source::open(const std::filesystem::path& path) {
  binary_source out;
  out.name_ = path.string();
  // Without O_NONBLOCK, opening a pipe nobody writes to would wait for ever.
  out.fd_ = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (out.fd_ < 0)
    return cannot_open(out.name_, last_os_error());

  struct stat info {};

  if (::fstat(out.fd_, &info) != 0)
    return cannot_open(out.name_, last_os_error());
  if (!S_ISREG(info.st_mode))
    return cannot_open(out.name_, "not a regular file");
  out.size_ = static_cast<uint64_t>(info.st_size);
  return out;
}

binary_source binary_source::memory(std::span<const std::byte> bytes,
                                    std::string name) {
  binary_source out;
  out.name_ = std::move(name);
  out.bytes_ = bytes;
  out.size_ = bytes.size();
  return out;
}

binary_source::binary_source(binary_source&& other) noexcept
  : name_(std::move(other.name_)), bytes_(other.bytes_),
    fd_(std::exchange(other.fd_, -1)), size_(other.size_),
    offset_(other.offset_) {
  // nop
}

binary_source& binary_source::operator=(binary_source&& other) noexcept {
  std::swap(name_, other.name_);
  std::swap(bytes_, other.bytes_);
  std::swap(fd_, other.fd_);
  std::swap(size_, other.size_);
  std::swap(offset_, other.offset_);
  return *this;
}

binary_source::~binary_source() {
  if (fd_ >= 0)
    ::close(fd_);
}

result<void> binary_source::read(std::span<std::byte> out,
                                 std::string_view what) {
  auto truncated = [&] {
    return fail(here(errc::truncated_file,
                     std::string{what} + " needs " + std::to_string(out.size())
                       + " bytes, " + std::to_string(remaining())
                       + " are left"));
  };
  if (out.size() > remaining())
    return truncated();
  if (fd_ < 0) {
    if (!out.empty())
      std::memcpy(out.data(), bytes_.data() + offset_, out.size());
    offset_ += out.size();
    return {};
  }
  auto rest = out;
  auto position = offset_;
  while (!rest.empty()) {
    auto n
      = ::pread(fd_, rest.data(), rest.size(), static_cast<off_t>(position));
    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return fail(at(position, errc::cannot_open, last_os_error()));
    if (n == 0) {
      // Somebody cut the file while we read it.
      size_ = position;
      offset_ = std::min(offset_, size_);
      return truncated();
    }
    rest = rest.subspan(static_cast<size_t>(n));
    position += static_cast<uint64_t>(n);
  }
  offset_ = position;
  return {};
}

result<std::vector<std::byte>> binary_source::take(uint64_t n,
                                                   std::string_view what) {
  std::vector<std::byte> out;
  if (n <= remaining())
    out.resize(n);
  else
    return fail(here(errc::truncated_file, std::string{what} + " needs "
                                             + std::to_string(n) + " bytes, "
                                             + std::to_string(remaining())
                                             + " are left"));
  if (auto ok = read(out, what); !ok)
    return fail(std::move(ok.error()));
  return out;
}

error binary_source::at(uint64_t offset, errc code,
                        std::string_view what) const {
  return error{code, name_ + ", byte " + std::to_string(offset) + ": "
                       + std::string{what}};
}

} // namespace morph
