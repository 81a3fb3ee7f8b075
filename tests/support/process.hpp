// Child processes for tests: the test program runs itself in another role.
// A child dies with its parent.
#pragma once

#include <chrono>
#include <functional>
#include <string>
#include <sys/types.h>
#include <vector>

namespace morph::test {

/// What a child process does; its result is the exit code.
using role = std::function<int(const std::vector<std::string>& args)>;

/// Registers a role at static-initialisation time.
struct role_registrar {
  role_registrar(std::string name, role f);
};

/// Runs the role that the arguments name; -1 if they name none.
int run_role(int argc, char** argv);

class process {
public:
  /// Starts this program as `name`.
  process(const std::string& name, const std::vector<std::string>& args);
  process(process&& other) noexcept;
  process& operator=(process&& other) noexcept;

  /// Kills the child if it still runs.
  ~process();

  /// The next line that the child prints; empty at its end or after `limit`.
  std::string read_line(std::chrono::milliseconds limit
                        = std::chrono::seconds{20});

  void signal(int number);

  /// Waits for the end; the exit code, or 128 plus the signal.
  int wait();

  pid_t id() const noexcept {
    return pid_;
  }

private:
  pid_t pid_ = -1;
  int out_ = -1;
  std::string buffer_;
};

} // namespace morph::test
