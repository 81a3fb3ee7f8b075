// morph verify: trains the same way on every runtime and compares the bits.
#include <morph/apps/morph/interrupt.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/verification.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace morph::cli {

namespace {

void print_run(const verified_run& x, bool json) {
  if (json)
    return;
  auto name
    = x.place + std::string(12 - std::min<size_t>(11, x.place.size()), ' ');
  say(name + x.method + std::string(6 - x.method.size(), ' ') + "run "
      + std::to_string(x.turn) + "  sha256 " + x.sha256 + "  "
      + fixed(x.seconds, 2) + " s" + (x.dealt_out ? "  dealt out" : ""));
}

nlohmann::json to_json(const verified_run& x) {
  return {{"runtime", x.place},
          {"optimiser", x.method},
          {"run", x.turn},
          {"dealt_out", x.dealt_out},
          {"sha256", x.sha256},
          {"seconds", x.seconds},
          {"seconds_per_step", x.seconds_per_step}};
}

exit_code run_verify(const verify_call& x, const invocation& call) {
  auto out = verify(x, [&](auto& run) { print_run(run, call.json); });
  if (out.interrupted)
    return exit_code::interrupted;
  if (call.json) {
    auto runs = nlohmann::json::array();
    for (auto& r : out.runs)
      runs.push_back(to_json(r));
    say(nlohmann::json{{"runs", runs},
                       {"identical", out.differences.empty()},
                       {"differences", out.differences},
                       {"examples", out.source},
                       {"steps", x.training.steps}});
  } else {
    for (auto& line : out.summary)
      say(line);
    for (auto& line : out.differences)
      say(line);
  }
  return out.differences.empty() ? exit_code::ok : exit_code::check_failed;
}

} // namespace

void add_verify(CLI::App& root, invocation& call) {
  auto* verb = add_verb(
    root, "verify", "Train on every runtime and compare the parameters",
    "  morph verify\n"
    "  morph verify digits.graph --data digits.csv --label digit\n"
    "  morph verify --model conv --data digits.csv --label digit --steps 20");
  auto x = std::make_shared<verify_call>();
  x->training.steps = 40;
  add_model_options(*verb, x->model);
  add_examples_options(*verb, x->examples);
  auto* group = verb->add_option_group("Runs");
  group->add_option("--steps", x->training.steps, "Steps of each run")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  group->add_option("--batch", x->training.batch, "Examples per step")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  group
    ->add_option("--clip", x->training.clip,
                 "Bound of the gradients' global norm")
    ->check(CLI::NonNegativeNumber);
  group->add_option("--turns", x->turns, "Times that each run is made")
    ->check(CLI::Range(1, 100))
    ->capture_default_str();
  group->add_option("--plugin", x->plugins,
                    "Shared library that brings node types; repeatable");
  verb->callback(
    [x, &call] { call.run = [x, &call] { return run_verify(*x, call); }; });
}

} // namespace morph::cli
