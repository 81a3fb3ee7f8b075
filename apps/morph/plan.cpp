// morph plan: where everything would go, and what that would cost.
#include <morph/actors/runtime/cluster.hpp>
#include <morph/actors/session/lowering.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/model.hpp>
#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/plugins.hpp>
#include <morph/apps/morph/quantity.hpp>
#include <morph/apps/morph/run_place.hpp>
#include <morph/apps/morph/run_text.hpp>
#include <morph/apps/morph/sample_feeds.hpp>
#include <morph/apps/morph/training.hpp>
#include <morph/graph/text/text.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>

namespace morph::cli {

namespace {

constexpr int most_rounds = 4;

struct plan_call {
  model_options model;
  place_options place;
  training_options training;
  int64_t extent = 32;
  uint64_t measure = 20;
  bool forward_only = false;
};

/// What a step shall do: train if there is a loss, else compute the outputs.
struct work {
  graph g;
  objective target;
  std::vector<expr> results;
};

work work_of(const plan_call& x) {
  work out;
  out.g = x.model.file.empty() ? read_model(x.model).g
                               : unwrap(read_graph(x.model.file));
  auto& outputs = out.g.outputs();
  auto loss = outputs.find("loss");
  if (loss != outputs.end() && !x.forward_only) {
    out.target = minimise(out.g.at(loss->second), make_optimiser(x.training));
    return out;
  }
  for (auto& [name, ref] : outputs)
    out.results.push_back(out.g.at(ref));
  if (out.results.empty())
    throw failure{
      error{errc::unknown_name, x.model.file + ": the graph has no output"}
        .remedy("add a line as: output \"y\" = %2")};
  return out;
}

std::vector<uint16_t> run_steps(session& s, const work& w, const feeds& xs,
                                uint64_t steps) {
  for (uint64_t i = 0; i < steps; ++i)
    s.submit(xs, !w.target.losses.empty()).get();
  return s.plan().host_of;
}

/// Measures and plans in turn until the plan stays as it is.
void settle(session& s, const work& w, const feeds& xs, uint64_t steps) {
  auto before = run_steps(s, w, xs, steps);
  for (int round = 0; round < most_rounds; ++round) {
    s.replan(true);
    auto after = run_steps(s, w, xs, steps);
    if (after == before)
      return;
    before = std::move(after);
  }
}

exit_code run_plan(plan_call x, const invocation& call) {
  load_plugins(x.place.plugins);
  auto w = work_of(x);
  x.place.runtime = "cluster";
  run_place place{x.place};
  uint64_t budget
    = x.training.budget.empty() ? 0 : parse_bytes(x.training.budget);
  nlohmann::json out{{"extent", x.extent}, {"measured_steps", x.measure}};
  std::string text;
  if (x.measure == 0) {
    auto lowered = unwrap(lower(w.g, w.results, w.target));
    text = unwrap(place.cluster()->plan_text(
      std::move(lowered.plan), {.forward_budget = budget}, x.extent));
  } else {
    session s{place.runtime(), w.g, w.target, {.forward_budget = budget}};
    if (!w.results.empty())
      s.also(w.results);
    settle(s, w, sample_feeds(w.g, x.extent), x.measure);
    text = s.explain();
    out.update(to_json(s.report()));
  }
  out["plan"] = text;
  while (text.ends_with('\n'))
    text.pop_back();
  call.json ? say(out) : say(text);
  return exit_code::ok;
}

} // namespace

void add_plan(CLI::App& root, invocation& call) {
  auto* verb
    = add_verb(root, "plan", "Show where everything goes, and predicted times",
               "  morph plan digits.graph --hosts morph-hosts.json\n"
               "  morph plan --model conv --local 3 --extent 64\n"
               "  morph plan digits.graph --local 2 --measure 0");
  auto x = std::make_shared<plan_call>();
  add_model_options(*verb, x->model);
  add_place_options(*verb, x->place, false);
  auto* group = verb->add_option_group("Step");
  group->add_option("--extent", x->extent, "Stands for dynamic dimensions")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  group
    ->add_option("--measure", x->measure,
                 "Steps to measure before each decision; 0: plan from what "
                 "is assumed")
    ->capture_default_str();
  group
    ->add_option("--optimiser,--optimizer", x->training.method,
                 "sgd, momentum or adam")
    ->check(CLI::IsMember({"sgd", "momentum", "adam"}));
  group->add_option("--forward-budget", x->training.budget,
                    "Bytes of forward values per host");
  group->add_flag("--forward-only", x->forward_only,
                  "Plan without a backward pass");
  verb->callback(
    [x, &call] { call.run = [x, &call] { return run_plan(*x, call); }; });
}

} // namespace morph::cli
