// The loop that trains a model, and what it leaves behind whatever happens.
//
// Thread-safety: none; belongs to the main thread.
#pragma once

#include <morph/actors/session/session.hpp>
#include <morph/apps/morph/model.hpp>
#include <morph/apps/morph/progress.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
} // namespace CLI

namespace morph::cli {

struct training_options {
  int64_t epochs = 5;
  int64_t batch = 32;
  std::string method = "adam";
  std::optional<double> rate; ///< None: the optimiser's own.
  double weight_decay = 0;
  double clip = 0;
  bool watch = false;
  uint64_t seed = 1;  ///< Of shuffling.
  uint64_t steps = 0; ///< Stop after so many; 0: all epochs.
  std::string budget; ///< Bytes of forward values per host.
};

void add_training_options(CLI::App& verb, training_options& x);

/// sgd, momentum or adam. Throws `usage_error` for a rate that is no rate.
optimiser make_optimiser(const training_options& x);

/// The batches of a run, in order.
batch_range make_batches(const model& m, const dataset& rows,
                         const training_options& x);

struct training_outcome {
  uint64_t steps = 0; ///< That succeeded.
  double loss = 0;    ///< Of the last one.
  double seconds = 0;
  /// Seconds per step in each tenth of the run.
  std::vector<double> tenths;
  parameter_map parameters;
  uint64_t parameters_step = 0; ///< After which `parameters` were taken.
  std::optional<error> failed;
  bool interrupted = false;
};

/// Called before each step with its number, from 1.
using before_step = std::function<void(uint64_t)>;

/// Trains until the batches end, a step fails or the user interrupts. Where
/// hosts can be lost (`copies`), parameters are copied again and again, at
/// most 2 % of the time, so that little is lost with them.
training_outcome train(session& s, const model& m, const batch_range& batches,
                       uint64_t steps, bool copies, progress& shown,
                       const before_step& before = {});

} // namespace morph::cli
