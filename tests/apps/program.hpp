// Runs the built program and reads what it says.
//
// Thread-safety: one object belongs to one thread.
#pragma once

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <utility>
#include <vector>

namespace morph::test {

/// A folder that goes away with the object.
class scratch {
public:
  scratch() {
    std::string name = std::filesystem::temp_directory_path() / "morph-XXXXXX";
    path_ = mkdtemp(name.data());
  }

  ~scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  std::string operator/(const std::string& name) const {
    return (path_ / name).string();
  }

  /// Writes a file and returns its name.
  std::string file(const std::string& name, const std::string& text) const {
    std::ofstream{path_ / name} << text;
    return *this / name;
  }

private:
  std::filesystem::path path_;
};

/// Waits until a process that need not be a child is gone.
inline bool is_gone(pid_t pid, std::chrono::milliseconds limit
                               = std::chrono::seconds{10}) {
  auto fd = static_cast<int>(syscall(SYS_pidfd_open, pid, 0));
  if (fd < 0)
    return errno == ESRCH;
  pollfd x{fd, POLLIN, 0};
  auto n = poll(&x, 1, static_cast<int>(limit.count()));
  close(fd);
  return n > 0;
}

struct outcome {
  int code = -1; ///< 128 plus the signal if one ended it.
  std::string out;
  std::string err;
};

class program {
public:
  using variables = std::vector<std::pair<std::string, std::string>>;

  /// Starts `morph` with these words. Processes of its own get the same mark
  /// in their environment.
  explicit program(std::vector<std::string> words, const variables& env = {}) {
    static int count = 0;
    mark_ = "MORPH_TEST_MARK=" + std::to_string(getpid()) + "."
            + std::to_string(++count);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
      return;
    words.insert(words.begin(), MORPH_PROGRAM_DIR "/morph");
    std::vector<char*> argv;
    for (auto& x : words)
      argv.push_back(x.data());
    argv.push_back(nullptr);
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      putenv(mark_.data());
      for (auto& [name, value] : env)
        setenv(name.c_str(), value.c_str(), 1);
      dup2(ends[1], STDOUT_FILENO);
      auto err = open((scratch_ / "err").c_str(), O_WRONLY | O_CREAT, 0600);
      dup2(err, STDERR_FILENO);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    out_ = ends[0];
  }

  program(const program&) = delete;
  program& operator=(const program&) = delete;

  ~program() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(out_);
  }

  /// The next line on stdout, or what there is after `limit` or at the end.
  std::string read_line(std::chrono::milliseconds limit
                        = std::chrono::seconds{40}) {
    auto deadline = std::chrono::steady_clock::now() + limit;
    for (;;) {
      if (auto end = buffer_.find('\n'); end != std::string::npos) {
        auto line = buffer_.substr(0, end);
        buffer_.erase(0, end + 1);
        return line;
      }
      if (!read_some(deadline))
        return std::exchange(buffer_, {});
    }
  }

  void signal(int number) const {
    kill(pid_, number);
  }

  pid_t id() const noexcept {
    return pid_;
  }

  /// Waits for the end; what does not end within `limit` is killed.
  outcome wait(std::chrono::milliseconds limit = std::chrono::seconds{50}) {
    auto deadline = std::chrono::steady_clock::now() + limit;
    while (read_some(deadline)) {
      // Reads on.
    }
    if (std::chrono::steady_clock::now() >= deadline)
      kill(pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
      // Tries again.
    }
    pid_ = -1;
    std::ifstream err{scratch_ / "err"};
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
            std::exchange(buffer_, {}),
            {std::istreambuf_iterator<char>{err}, {}}};
  }

  /// What has been written to stderr so far.
  std::string errors() const {
    std::ifstream err{scratch_ / "err"};
    return {std::istreambuf_iterator<char>{err}, {}};
  }

  /// Processes that this program has started and that still run.
  std::vector<pid_t> descendants() const {
    std::vector<pid_t> out;
    for (auto& x : std::filesystem::directory_iterator{"/proc"}) {
      auto pid = static_cast<pid_t>(
        std::strtol(x.path().filename().c_str(), nullptr, 10));
      if (pid <= 0 || pid == pid_)
        continue;
      std::ifstream in{x.path() / "environ"};
      std::string text{std::istreambuf_iterator<char>{in}, {}};
      if (text.find(mark_ + '\0') != std::string::npos)
        out.push_back(pid);
    }
    return out;
  }

private:
  bool read_some(std::chrono::steady_clock::time_point deadline) {
    auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
      deadline - std::chrono::steady_clock::now());
    pollfd x{out_, POLLIN, 0};
    if (left.count() <= 0 || poll(&x, 1, static_cast<int>(left.count())) <= 0)
      return false;
    std::array<char, 4096> chunk{};
    auto n = read(out_, chunk.data(), chunk.size());
    if (n <= 0)
      return false;
    buffer_.append(chunk.data(), static_cast<size_t>(n));
    return true;
  }

  scratch scratch_;
  std::string mark_;
  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
};

/// Runs `morph` to its end.
inline outcome run(std::vector<std::string> words,
                   const program::variables& env = {}) {
  return program{std::move(words), env}.wait();
}

inline bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

/// Rows of two features and a class that follows from them.
inline std::string small_csv(int rows) {
  std::string out = "a,b,kind\n";
  for (int i = 0; i < rows; ++i) {
    auto a = i * 7 % 11;
    auto b = i * 5 % 13;
    out += std::to_string(a) + "," + std::to_string(b) + ","
           + std::to_string(a > b ? 1 : 0) + "\n";
  }
  return out;
}

} // namespace morph::test
