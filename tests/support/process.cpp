#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <map>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <utility>

namespace morph::test {

namespace {

std::map<std::string, role>& roles() {
  static std::map<std::string, role> instance;
  return instance;
}

} // namespace

role_registrar::role_registrar(std::string name, role f) {
  roles().emplace(std::move(name), std::move(f));
}

int run_role(int argc, char** argv) {
  if (argc < 3 || std::string{argv[1]} != "--role")
    return -1;
  auto i = roles().find(argv[2]);
  return i == roles().end() ? 127 : i->second({argv + 3, argv + argc});
}

process::process(const std::string& name,
                 const std::vector<std::string>& args) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0)
    return;
  std::vector<std::string> words{"/proc/self/exe", "--role", name};
  words.insert(words.end(), args.begin(), args.end());
  std::vector<char*> argv;
  for (auto& x : words)
    argv.push_back(x.data());
  argv.push_back(nullptr);
  auto parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
      _exit(126);
    dup2(ends[1], STDOUT_FILENO);
    execv(argv[0], argv.data());
    _exit(127);
  }
  close(ends[1]);
  out_ = ends[0];
}

process::process(process&& other) noexcept
  : pid_(std::exchange(other.pid_, -1)), out_(std::exchange(other.out_, -1)),
    buffer_(std::move(other.buffer_)) {
  // nop
}

process& process::operator=(process&& other) noexcept {
  std::swap(pid_, other.pid_);
  std::swap(out_, other.out_);
  std::swap(buffer_, other.buffer_);
  return *this;
}

process::~process() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    wait();
  }
  if (out_ >= 0)
    close(out_);
}

std::string process::read_line(std::chrono::milliseconds limit) {
  auto deadline = std::chrono::steady_clock::now() + limit;
  for (;;) {
    if (auto end = buffer_.find('\n'); end != std::string::npos) {
      auto line = buffer_.substr(0, end);
      buffer_.erase(0, end + 1);
      return line;
    }
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
    pollfd x{out_, POLLIN, 0};
    if (left.count() <= 0 || poll(&x, 1, static_cast<int>(left.count())) <= 0)
      return {};
    char chunk[4096];
    auto n = read(out_, chunk, sizeof(chunk));
    if (n <= 0)
      return {};
    buffer_.append(chunk, static_cast<size_t>(n));
  }
}

void process::signal(int number) {
  if (pid_ > 0)
    kill(pid_, number);
}

int process::wait() {
  int status = 0;
  while (waitpid(pid_, &status, 0) < 0 && errno == EINTR)
    ; // retry
  pid_ = -1;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

} // namespace morph::test
