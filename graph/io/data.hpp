// Reading examples in one line, for programs:
//
//   auto digits = morph::data::csv("digits.csv").scaled(1.0 /
//   16).label("digit"); for (auto& b :
//   digits.train.batches(64).shuffled(seed).epochs(5))
//     ...
//
// Thread-safety: plain values and free functions.
//
// Errors: everything here throws `failure`; what a reader that returns errors
// needs is in csv.hpp, idx.hpp and npy.hpp.
#pragma once

#include <morph/graph/io/csv.hpp>
#include <morph/graph/io/dataset.hpp>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

namespace morph::data {

/// How to read a table and cut it in two; `label`, `target` or `all` read it.
class csv_source {
public:
  explicit csv_source(std::filesystem::path path);

  /// `;`, a tab, ... instead of a comma.
  csv_source separator(char x) const;

  /// Columns are then named "0", "1", ...; without this call they are if all
  /// fields of the first line are numbers.
  csv_source no_header() const;

  /// Numbers as f64 instead of f32.
  csv_source as(dtype t) const;

  /// Multiplies all columns but the predicted one.
  csv_source scaled(double factor) const;

  /// The part of the rows to train on; 0.8 without this call.
  csv_source train_on(double fraction) const;

  /// Shuffles before cutting with this seed instead of 0.
  csv_source split_seed(uint64_t seed) const;

  /// Trains on the first rows and tests on the last ones, for files whose
  /// order means something.
  csv_source in_file_order() const;

  /// The column holds the class of each row: `y` is i64 (see csv.hpp).
  datasets label(std::string_view column) const;

  /// The column holds the number to be predicted: `y` has the type of `x`.
  datasets target(std::string_view column) const;

  /// All columns as `x`, all rows, no `y`.
  dataset all() const;

private:
  datasets load(std::string_view column, bool as_number) const;

  std::filesystem::path path_;
  csv_options options_;
  double factor_ = 1;
  double fraction_ = 0.8;
  std::optional<uint64_t> seed_ = 0;
};

csv_source csv(std::filesystem::path path);

/// Two IDX files; labels become i64.
dataset idx(const std::filesystem::path& images,
            const std::filesystem::path& labels);

/// Two NPY files.
dataset npy(const std::filesystem::path& x, const std::filesystem::path& y);

/// The four files of MNIST in a folder, pixels scaled to 0 ... 1.
datasets mnist(const std::filesystem::path& folder);

} // namespace morph::data
