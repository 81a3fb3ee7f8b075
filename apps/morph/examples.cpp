#include <morph/apps/morph/examples.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/graph/io/data.hpp>
#include <morph/graph/random.hpp>

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cmath>
#include <filesystem>

namespace morph::cli {

namespace {

double largest_magnitude(const tensor& x) {
  double out = 0;
  visit_dtype(x.type(), [&](auto zero) {
    for (auto e : x.span<decltype(zero)>())
      out = std::max(out, std::abs(static_cast<double>(e)));
  });
  return out;
}

/// One row of numbers for each example.
tensor flat(const tensor& x) {
  auto rows = x.shape()[0];
  return x.reshaped({rows, rows > 0 ? x.elements() / rows : 0});
}

datasets read_csv_file(const examples_options& x, dtype type, bool as_class) {
  if (x.label.empty())
    throw usage_error{"--label COLUMN names what is to be predicted"};
  auto source = data::csv(x.data).as(type).train_on(x.train_part);
  source
    = x.split_seed ? source.split_seed(*x.split_seed) : source.in_file_order();
  return as_class ? source.label(x.label) : source.target(x.label);
}

datasets read_mnist(const examples_options& x) {
  std::filesystem::path folder{x.data};
  auto part = [&](const std::string& prefix) {
    return data::idx(folder / (prefix + "-images-idx3-ubyte"),
                     folder / (prefix + "-labels-idx1-ubyte"))
      .scaled(1);
  };
  return {part("train"), part("t10k"), {}};
}

} // namespace

void add_examples_options(CLI::App& verb, examples_options& x) {
  auto* group = verb.add_option_group("Examples");
  group->add_option("--data", x.data,
                    "CSV file, or a folder with the four files of MNIST");
  group->add_option("--label", x.label, "Column that is to be predicted");
  group
    ->add_option("--train-part", x.train_part,
                 "Part of the rows to train on; the others are the test")
    ->check(CLI::Range(0.0, 1.0))
    ->capture_default_str();
  group->add_option("--split-seed", x.split_seed,
                    "Shuffle before cutting; else the last rows are the test");
  group->add_option("--scale", x.scale,
                    "Factor of all features; else 1 / the largest magnitude");
}

examples read_examples(const examples_options& x, dtype type, bool as_class) {
  if (x.data.empty())
    throw usage_error{"--data FILE is needed"};
  examples out;
  out.source = x.data;
  out.sets = std::filesystem::is_directory(x.data)
               ? read_mnist(x)
               : read_csv_file(x, type, as_class);
  auto& train = out.sets.train;
  if (train.size() == 0)
    throw failure{error{errc::malformed_file,
                        x.data + ": no examples are left to train on"}};
  auto largest = x.scale ? 0 : largest_magnitude(train.x);
  out.scale = x.scale ? *x.scale : largest > 0 ? 1 / largest : 1;
  for (auto* part : {&train, &out.sets.test}) {
    if (out.scale != 1)
      *part = part->scaled(out.scale);
    part->x = flat(part->x);
  }
  return out;
}

examples make_examples(int64_t rows, int64_t features, int64_t classes,
                       uint64_t seed) {
  auto x = random_uniform(f32, {rows, features}, seed, 0);
  auto weights = random_uniform(f32, {classes, features}, seed, 1);
  auto y = tensor::uninitialised(i64, {rows});
  for (int64_t r = 0; r < rows; ++r) {
    int64_t best = 0;
    double best_score = 0;
    for (int64_t c = 0; c < classes; ++c) {
      double score = 0;
      for (int64_t k = 0; k < features; ++k)
        score += static_cast<double>(x.data<float>()[r * features + k])
                 * (static_cast<double>(weights.data<float>()[c * features + k])
                    - 0.5);
      if (c == 0 || score > best_score) {
        best = c;
        best_score = score;
      }
    }
    y.mutable_data<int64_t>()[r] = best;
  }
  return {split(dataset{x, y}, 0.8), 1,
          std::to_string(rows) + " generated examples"};
}

} // namespace morph::cli
