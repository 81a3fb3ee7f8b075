// morph eval: what saved parameters are worth on examples.
#include <morph/apps/morph/checkpoint.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/measures.hpp>
#include <morph/apps/morph/output.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <memory>
#include <optional>

namespace morph::cli {

namespace {

struct eval_call {
  model_options model;
  examples_options examples;
  std::string parameters;
  std::string split = "test";
  bool model_named = false;
  bool split_named = false;
};

std::string about(const checkpoint& c, const std::string& key) {
  auto i = c.about.find(key);
  return i == c.about.end() ? std::string{} : i->second;
}

template <class T>
std::optional<T> number(const checkpoint& c, const std::string& key) {
  auto x = nlohmann::json::parse(about(c, key), nullptr, false);
  return x.is_number() ? std::optional{x.get<T>()} : std::nullopt;
}

/// What is not said was said when the parameters were trained.
void fill_in(eval_call& x, const checkpoint& c) {
  if (x.model.file.empty() && !x.model_named) {
    auto name = about(c, "model");
    if (name == "dense" || name == "conv")
      x.model.builtin = name;
    else
      x.model.file = name;
  }
  if (x.examples.label.empty())
    x.examples.label = about(c, "label");
  if (!x.examples.scale)
    x.examples.scale = number<double>(c, "scale");
  if (x.split_named)
    return;
  x.examples.train_part
    = number<double>(c, "train_part").value_or(x.examples.train_part);
  x.examples.split_seed = number<uint64_t>(c, "split_seed");
}

/// Every parameter must be there, in its shape.
void check_fit(const model& m, const checkpoint& c, const std::string& file) {
  for (auto& n : m.g.data()->nodes) {
    if (!n.is(builtin::parameter))
      continue;
    auto i = c.parameters.find(display_name(n));
    if (i == c.parameters.end())
      throw failure{error{errc::unknown_name, file + ": holds no parameter '"
                                                + display_name(n) + "'"}};
    if (!accepts(n.outputs[0], i->second))
      throw failure{error{errc::shape_mismatch,
                          file + ": '" + display_name(n) + "' is "
                            + to_string(type_of(i->second)) + ", the model has "
                            + to_string(n.outputs[0])}};
  }
}

exit_code run_eval(eval_call x, const invocation& call) {
  auto c = load(x.parameters);
  fill_in(x, c);
  auto job = read_task(x.model, x.examples);
  check_fit(job.model, c, x.parameters);
  auto& sets = job.examples.sets;
  auto& rows = x.split == "train" ? sets.train : sets.test;
  auto found = measure(job.model, c.parameters, rows);
  auto sha256 = fingerprint(c.parameters);
  if (call.json) {
    nlohmann::json out{{"examples", found.examples},
                       {"loss", found.loss},
                       {"parameters_sha256", sha256}};
    if (found.accuracy)
      out["accuracy"] = *found.accuracy;
    say(out);
    return exit_code::ok;
  }
  auto on = " on " + std::to_string(found.examples) + " "
            + (x.split == "train" ? "" : "unseen ") + "examples";
  if (found.accuracy)
    say("accuracy " + fixed(*found.accuracy * 100, 2) + " %" + on);
  say("loss " + fixed(found.loss, 6) + on);
  say("parameters sha256 " + sha256);
  return exit_code::ok;
}

} // namespace

void add_eval(CLI::App& root, invocation& call) {
  auto* verb
    = add_verb(root, "eval", "Measure saved parameters",
               "  morph eval --params digits.safetensors --data digits.csv\n"
               "  morph eval digits.graph --params digits.safetensors \\\n"
               "    --data digits.csv --label digit --split train");
  auto x = std::make_shared<eval_call>();
  verb->add_option("-p,--params", x->parameters, "File that train has saved")
    ->required();
  add_model_options(*verb, x->model);
  add_examples_options(*verb, x->examples);
  verb->add_option("--split", x->split, "test or train")
    ->check(CLI::IsMember({"test", "train"}))
    ->capture_default_str();
  verb->callback([x, verb, &call] {
    x->model_named = verb->get_option("--model")->count() > 0;
    x->split_named = verb->get_option("--train-part")->count()
                       + verb->get_option("--split-seed")->count()
                     > 0;
    call.run = [x, &call] { return run_eval(*x, call); };
  });
}

} // namespace morph::cli
