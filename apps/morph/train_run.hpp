// One call of `morph train`.
#pragma once

#include <morph/apps/morph/examples.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/model.hpp>
#include <morph/apps/morph/run_place.hpp>
#include <morph/apps/morph/training.hpp>

#include <string>
#include <vector>

namespace morph::cli {

struct train_call {
  model_options model;
  examples_options examples;
  training_options training;
  place_options place;
  std::string out;
  std::vector<std::string> throttles;
  bool explain = false;
};

exit_code run_train(const train_call& x, const invocation& call);

} // namespace morph::cli
