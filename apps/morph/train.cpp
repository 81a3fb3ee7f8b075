// morph train: trains a graph and tells what came of it.
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/train_run.hpp>

#include <CLI/CLI.hpp>

#include <memory>

namespace morph::cli {

void add_train(CLI::App& root, invocation& call) {
  auto* verb = add_verb(
    root, "train", "Train a graph",
    "  morph train --model conv --data digits.csv --label digit --local 3\n"
    "  morph train digits.graph --data digits.csv --label digit \\\n"
    "    --hosts morph-hosts.json --epochs 5 --out digits.safetensors\n"
    "  morph train --data data/mnist --runtime threads --workers 2\n"
    "  morph train --data digits.csv --label digit --local 2 \\\n"
    "    --throttle a1:a2=1MB/s@200");
  auto x = std::make_shared<train_call>();
  add_model_options(*verb, x->model);
  add_examples_options(*verb, x->examples);
  add_training_options(*verb, x->training);
  add_place_options(*verb, x->place);
  verb->add_option("-o,--out", x->out, "Save parameters as safetensors");
  verb->add_option("--throttle", x->throttles,
                   "Slow a link down: FROM:TO=1MB/s@STEP; repeatable");
  verb->add_flag("--explain", x->explain,
                 "Tell at the end why each node is where it is");
  verb->callback(
    [x, &call] { call.run = [x, &call] { return run_train(*x, call); }; });
}

} // namespace morph::cli
