// The same training on inline, threads and clusters of host processes, with
// each optimiser, several times; and where the parameters first differ. In
// every second turn on a cluster, nodes without a pin are dealt out to the
// hosts one by one, so that nearly every edge crosses processes.
//
// Thread-safety: none; belongs to the main thread.
#pragma once

#include <morph/apps/morph/examples.hpp>
#include <morph/apps/morph/model.hpp>
#include <morph/apps/morph/training.hpp>

#include <functional>
#include <string>
#include <vector>

namespace morph::cli {

struct verify_call {
  model_options model;
  examples_options examples;
  training_options training;
  int turns = 2;
  std::vector<std::string> plugins;
};

struct verified_run {
  std::string place;  ///< `cluster(2)`
  std::string method; ///< `adam`
  int turn = 1;
  bool dealt_out = false; ///< Instead of placed by the planner.
  std::string sha256;
  double seconds = 0; ///< With setting up and taking down.
  double seconds_per_step = 0;
};

struct verification {
  std::vector<verified_run> runs;
  std::vector<std::string> summary;     ///< One line per optimiser.
  std::vector<std::string> differences; ///< Empty: all bits are the same.
  std::string source;                   ///< Of the examples.
  bool interrupted = false;
};

/// Starts the host processes it needs; `each` hears of every run. Throws
/// `failure` if a run fails.
verification verify(const verify_call& x,
                    const std::function<void(const verified_run&)>& each);

/// The first element in which `b` differs from `a`, in words; empty if none.
std::string first_difference(const parameter_map& a, const parameter_map& b);

} // namespace morph::cli
