#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/training.hpp>

#include <CLI/CLI.hpp>

namespace morph::cli {

void add_training_options(CLI::App& verb, training_options& x) {
  auto* group = verb.add_option_group("Training");
  group->add_option("--epochs", x.epochs, "Passes over the examples")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  group->add_option("--batch", x.batch, "Examples per step")
    ->check(CLI::PositiveNumber)
    ->capture_default_str();
  group
    ->add_option("--optimiser,--optimizer", x.method, "sgd, momentum or adam")
    ->check(CLI::IsMember({"sgd", "momentum", "adam"}))
    ->capture_default_str();
  group
    ->add_option("--rate", x.rate,
                 "Learning rate; else 0.001 for adam, 0.05 for others")
    ->check(CLI::PositiveNumber);
  group->add_option("--weight-decay", x.weight_decay, "Weight decay")
    ->check(CLI::NonNegativeNumber);
  group->add_option("--clip", x.clip, "Bound of the gradients' global norm")
    ->check(CLI::NonNegativeNumber);
  group->add_flag("--watch", x.watch,
                  "Refuse a step whose gradients hold NaN or infinity");
  group->add_option("--steps", x.steps, "Stop after so many steps");
  group->add_option("--forward-budget", x.budget,
                    "Bytes of forward values per host, as 64KiB; values that "
                    "do not fit are recomputed");
}

optimiser make_optimiser(const training_options& x) {
  if (x.method == "adam")
    return adam{.rate = x.rate.value_or(1e-3), .weight_decay = x.weight_decay};
  return sgd{.rate = x.rate.value_or(0.05),
             .momentum = x.method == "momentum" ? 0.9 : 0.0,
             .weight_decay = x.weight_decay};
}

batch_range make_batches(const model& m, const dataset& rows,
                         const training_options& x) {
  auto extent = m.x.type().shape()[0];
  auto out = rows.batches(extent == dyn ? x.batch : extent)
               .shuffled(x.seed)
               .epochs(x.epochs);
  return extent == dyn ? out : out.full_only();
}

} // namespace morph::cli
