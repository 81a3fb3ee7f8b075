// Where the examples of a run come from, and how they are cut in two.
//
// Thread-safety: plain values and free functions.
#pragma once

#include <morph/graph/io/dataset.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace morph::cli {

struct examples_options {
  std::string data;  ///< A CSV file, or a folder with the files of MNIST.
  std::string label; ///< Column of a CSV file.
  double train_part = 0.8;
  std::optional<uint64_t> split_seed; ///< None: the last rows are the test.
  /// Factor of all features; none: 1 / the largest magnitude to train on.
  std::optional<double> scale;
};

struct examples {
  datasets sets;
  double scale = 1;
  std::string source; ///< For people.
};

void add_examples_options(CLI::App& verb, examples_options& x);

/// Reads the examples; rows of features are flat. `type` is that of the
/// features; `as_class` asks for i64 labels, else labels have `type`. Throws
/// `failure`.
examples read_examples(const examples_options& x, dtype type, bool as_class);

/// Examples for when there is no file: the class is the largest of `classes`
/// fixed sums of features. The same for the same seed.
examples make_examples(int64_t rows, int64_t features, int64_t classes,
                       uint64_t seed);

} // namespace morph::cli
