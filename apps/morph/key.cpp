#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/key.hpp>
#include <morph/graph/error.hpp>

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sys/random.h>

namespace morph::cli {

namespace {

constexpr size_t max_key = 4096;

failure cannot(errc code, const std::filesystem::path& path,
               const std::string& doing) {
  return failure{error{code, path.string() + ": cannot " + doing + ": "
                               + std::strerror(errno)}};
}

} // namespace

std::string make_key() {
  std::array<unsigned char, 32> bytes{};
  if (getrandom(bytes.data(), bytes.size(), 0)
      != static_cast<ssize_t>(bytes.size()))
    throw failure{error{errc::node_failed, "the system has no random bytes"}};
  static constexpr auto digits = "0123456789abcdef";
  std::string out;
  for (auto b : bytes) {
    out += digits[b >> 4];
    out += digits[b & 15];
  }
  return out;
}

void write_key(const std::filesystem::path& path, const std::string& key) {
  unlink(path.c_str());
  auto fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0)
    throw cannot(errc::write_failed, path, "create the key file");
  auto line = key + "\n";
  auto n = write(fd, line.data(), line.size());
  close(fd);
  if (n != static_cast<ssize_t>(line.size()))
    throw cannot(errc::write_failed, path, "write the key");
}

std::string read_key(const std::filesystem::path& path) {
  std::ifstream in{path, std::ios::binary};
  if (!in)
    throw cannot(errc::cannot_open, path, "open the key file");
  std::string out(max_key, '\0');
  in.read(out.data(), static_cast<std::streamsize>(out.size()));
  out.resize(static_cast<size_t>(in.gcount()));
  out.erase(out.find_last_not_of(" \t\r\n") + 1);
  if (out.empty()) {
    auto e = error{errc::malformed_file, path.string() + ": holds no key"};
    e.remedy("write a random line into it, for all hosts the same");
    throw failure{std::move(e)};
  }
  return out;
}

std::string find_key(const std::string& file) {
  if (!file.empty())
    return read_key(file);
  auto* x = std::getenv("MORPH_KEY");
  if (x && *x)
    return x;
  throw usage_error{
    "a key is needed: --key-file FILE, or MORPH_KEY in the "
    "environment"};
}

} // namespace morph::cli
