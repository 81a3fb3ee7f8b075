#include <morph/apps/morph/child_hosts.hpp>
#include <morph/apps/morph/interrupt.hpp>
#include <morph/graph/clock.hpp>

#include <fcntl.h>
#include <nlohmann/json.hpp>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <utility>

extern char** environ;

namespace morph::cli {

namespace {

constexpr int64_t second = 1'000'000'000;
constexpr int64_t patience = 20 * second;
constexpr int64_t farewell = second;

failure not_ready(const std::string& name, const std::string& why) {
  auto e = error{errc::host_unreachable,
                 "host process '" + name + "' did not start: " + why};
  return failure{std::move(e)};
}

/// Texts as `execve` wants them. REQUIRES: `xs` outlives the result.
std::vector<char*> pointers(std::vector<std::string>& xs) {
  std::vector<char*> out;
  for (auto& x : xs)
    out.push_back(x.data());
  out.push_back(nullptr);
  return out;
}

bool ended(pid_t pid, int flags) {
  pid_t n;
  do
    n = waitpid(pid, nullptr, flags);
  while (n < 0 && errno == EINTR);
  return n != 0;
}

} // namespace

child_hosts::child_hosts(const child_options& options) {
  for (size_t i = 1; i <= options.count; ++i)
    start(options, "a" + std::to_string(i));
  try {
    for (size_t i = 0; i < children_.size(); ++i)
      hosts_.push_back(
        wait_until_ready(children_[i], "a" + std::to_string(i + 1)));
  } catch (...) {
    stop();
    throw;
  }
}

child_hosts::child_hosts(child_hosts&& other) noexcept
  : children_(std::exchange(other.children_, {})),
    hosts_(std::exchange(other.hosts_, {})) {
  // nop
}

child_hosts& child_hosts::operator=(child_hosts&& other) noexcept {
  std::swap(children_, other.children_);
  std::swap(hosts_, other.hosts_);
  return *this;
}

child_hosts::~child_hosts() {
  stop();
}

void child_hosts::start(const child_options& options, const std::string& name) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    throw not_ready(name, std::strerror(errno));
  std::vector<std::string> words{"morph",     "host",
                                 "--json",    "--quiet",
                                 "--name",    name,
                                 "--listen",  "127.0.0.1:0",
                                 "--workers", std::to_string(options.workers)};
  for (auto& x : options.plugins) {
    words.emplace_back("--plugin");
    words.push_back(x);
  }
  // The key goes by the environment, which only the owner may read.
  std::vector<std::string> variables{"MORPH_KEY=" + options.key};
  for (auto** x = environ; *x; ++x)
    if (std::strncmp(*x, "MORPH_KEY=", 10) != 0)
      variables.emplace_back(*x);
  auto argv = pointers(words);
  auto envp = pointers(variables);
  auto parent = getpid();
  auto pid = fork();
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(126);
    setpgid(0, 0); // Ctrl-C is for the parent alone
    dup2(ends[1], STDOUT_FILENO);
    execve("/proc/self/exe", argv.data(), envp.data());
    _exit(127);
  }
  close(ends[1]);
  if (pid < 0) {
    close(ends[0]);
    throw not_ready(name, std::strerror(errno));
  }
  children_.push_back({pid, ends[0]});
}

known_host child_hosts::wait_until_ready(child& x, const std::string& name) {
  auto deadline = now_ns() + patience;
  std::string line;
  while (line.find('\n') == std::string::npos) {
    auto left = (deadline - now_ns()) / 1'000'000;
    pollfd wait{x.out, POLLIN, 0};
    auto n = left > 0 ? poll(&wait, 1, static_cast<int>(left)) : 0;
    if (interrupted())
      throw not_ready(name, "interrupted");
    if (n < 0 && errno == EINTR)
      continue;
    if (n <= 0)
      throw not_ready(name, "it says nothing");
    char chunk[1024];
    auto got = read(x.out, chunk, sizeof(chunk));
    if (got <= 0)
      throw not_ready(name, "it ended");
    line.append(chunk, static_cast<size_t>(got));
  }
  auto said = nlohmann::json::parse(line, nullptr, false);
  if (!said.is_object() || !said.contains("address"))
    throw not_ready(name, "it says " + line);
  return {name, unwrap(parse_endpoint(said["address"].get<std::string>())),
          static_cast<int>(x.pid)};
}

const known_host* child_hosts::find_dead() {
  for (size_t i = 0; i < children_.size(); ++i)
    if (children_[i].pid > 0 && ended(children_[i].pid, WNOHANG)) {
      children_[i].pid = -1;
      return &hosts_[i];
    }
  return nullptr;
}

size_t child_hosts::alive() const noexcept {
  return static_cast<size_t>(std::count_if(children_.begin(), children_.end(),
                                           [](auto& x) { return x.pid > 0; }));
}

void child_hosts::stop() {
  for (auto& x : children_)
    if (x.pid > 0)
      kill(x.pid, SIGTERM);
  auto deadline = now_ns() + farewell;
  for (auto& x : children_) {
    // The pipe breaks when the child is gone.
    while (x.pid > 0) {
      auto left = (deadline - now_ns()) / 1'000'000;
      pollfd wait{x.out, POLLIN, 0};
      char chunk[1024];
      if (left <= 0)
        break;
      if (poll(&wait, 1, static_cast<int>(left)) > 0
          && read(x.out, chunk, sizeof(chunk)) <= 0)
        break;
    }
    if (x.pid > 0 && !ended(x.pid, WNOHANG)) {
      if (now_ns() >= deadline)
        kill(x.pid, SIGKILL);
      ended(x.pid, 0);
    }
    x.pid = -1;
    if (x.out >= 0)
      close(x.out);
    x.out = -1;
  }
  children_.clear();
}

} // namespace morph::cli
