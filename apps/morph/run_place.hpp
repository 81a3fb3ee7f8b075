// Where a run takes place: this thread, the threads of this process, or host
// processes that are there already or started for the run.
//
// Thread-safety: none; belongs to the main thread.
#pragma once

#include <morph/actors/runtime/runtime.hpp>
#include <morph/apps/morph/child_hosts.hpp>

#include <memory>
#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace morph {
class cluster;
} // namespace morph

namespace morph::cli {

class actor_world;

struct place_options {
  std::string runtime; ///< Empty: cluster if hosts are named, else inline.
  std::string hosts;   ///< A hosts file, or addresses with commas between.
  std::string key_file;
  size_t local = 0;   ///< Host processes to start for this run.
  size_t workers = 0; ///< Threads; of each process where there are several.
  bool include_driver = false;
  /// For host processes; this one loads them before it reads a graph.
  std::vector<std::string> plugins;
};

/// `threads` adds --runtime and --workers.
void add_place_options(CLI::App& verb, place_options& x, bool threads = true);

class run_place {
public:
  /// Starts what is needed; throws `usage_error` or `failure`.
  explicit run_place(const place_options& options);
  ~run_place();

  morph::runtime& runtime() noexcept {
    return *runtime_;
  }

  /// Null unless this is a cluster.
  morph::cluster* cluster() noexcept {
    return cluster_;
  }

  /// `inline`, `threads(2)`, `cluster(3)`.
  const std::string& name() const noexcept {
    return name_;
  }

private:
  void join_cluster(const place_options& options);

  // In this order: a cluster needs its actors, and hosts end last.
  child_hosts children_;
  std::unique_ptr<actor_world> world_;
  std::unique_ptr<morph::runtime> runtime_;
  morph::cluster* cluster_ = nullptr;
  std::string name_;
};

} // namespace morph::cli
