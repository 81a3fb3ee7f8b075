// Host processes that this program starts, as children of itself.
//
// Thread-safety: none. Start children from the main thread before there are
// others: they are tied to the thread that makes them.
//
// Invariants:
// 1. No child outlives its parent, however that ends.
// 2. The destructor has waited for every child.
#pragma once

#include <morph/apps/morph/hosts_file.hpp>

#include <cstddef>
#include <string>
#include <sys/types.h>
#include <vector>

namespace morph::cli {

struct child_options {
  size_t count = 1;
  size_t workers = 1; ///< Threads of each.
  std::string key;
  std::vector<std::string> plugins;
};

class child_hosts {
public:
  child_hosts() = default;

  /// Starts hosts named a1, a2, ... on free ports and waits until they are
  /// ready; throws `failure` (MM0601) if one is not within 20 s.
  explicit child_hosts(const child_options& options);

  child_hosts(child_hosts&& other) noexcept;
  child_hosts& operator=(child_hosts&& other) noexcept;
  ~child_hosts();

  const std::vector<known_host>& hosts() const noexcept {
    return hosts_;
  }

  /// A child that has ended by itself since the last call, or null.
  const known_host* find_dead();

  /// Children that still run.
  size_t alive() const noexcept;

  /// Asks all to end, and ends those that do not.
  void stop();

private:
  struct child {
    pid_t pid = -1;
    int out = -1;
  };

  void start(const child_options& options, const std::string& name);
  known_host wait_until_ready(child& x, const std::string& name);

  std::vector<child> children_;
  std::vector<known_host> hosts_;
};

} // namespace morph::cli
