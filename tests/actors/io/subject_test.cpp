#include "actors/io/subject.hpp"

#include <morph/actors/io/asio_io.hpp>

#include <unistd.h>

#include <atomic>
#include <fstream>

namespace morph::test {

namespace {

std::atomic<unsigned> next_folder{0};

} // namespace

subject::subject(const std::string& name) {
  if (name.starts_with("memory")) {
    clock_ = std::make_unique<manual_timeline>();
    io_faults faults;
    if (name != "memory")
      faults = {.seed = 3,
                .short_reads = 0.5,
                .short_writes = 0.5,
                .least_delay = 0,
                .most_delay = 1000};
    io_ = std::make_unique<memory_io>(*clock_, faults);
    folder_ = "folder";
    return;
  }
  folder_ = std::filesystem::temp_directory_path()
            / ("morph-io-" + std::to_string(getpid()) + "-"
               + std::to_string(next_folder.fetch_add(1)));
  std::filesystem::create_directory(folder_);
  if (name == "blocking")
    io_ = std::make_unique<blocking_io>();
  else
    io_ = std::make_unique<asio_io>(asio_options{.io_uring = name == "asio"});
}

subject::~subject() {
  io_.reset();
  if (!clock_)
    std::filesystem::remove_all(folder_);
}

std::string subject::text(const std::filesystem::path& p) const {
  if (clock_)
    return static_cast<const memory_io&>(*io_).text(p).value_or("");
  std::ifstream in{p, std::ios::binary};
  return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::string> subject::files() const {
  std::vector<std::string> out;
  if (clock_)
    for (auto& x : static_cast<const memory_io&>(*io_).files())
      out.push_back(x.filename().string());
  else
    for (auto& x : std::filesystem::directory_iterator{folder_})
      out.push_back(x.path().filename().string());
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::string> all_subjects() {
  auto out = overlapping_subjects();
  out.push_back("blocking");
  return out;
}

std::vector<std::string> overlapping_subjects() {
  return {"asio", "asio without io_uring", "memory", "memory with faults"};
}

std::string pattern(size_t n) {
  std::string out(n, '\0');
  uint32_t x = 1;
  for (auto& c : out) {
    x = x * 1664525 + 1013904223;
    c = static_cast<char>(x >> 24);
  }
  return out;
}

} // namespace morph::test
