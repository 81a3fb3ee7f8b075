// Reads comma-separated text into tensors: numeric columns become the rows of
// `x`; one column may be set apart as what is to be predicted.
//
// Thread-safety: free functions, safe from any thread.
//
// Errors name file, line and column: MM0401 cannot open, MM0402 a quote that
// is never closed or no rows, MM0403 a field that is no number or a record of
// another length, MM0109 no such column, MM0304 more than 2^30 numbers. The
// file is read as a stream; memory grows with what has been read.
#pragma once

#include <morph/graph/error.hpp>
#include <morph/graph/tensor.hpp>

#include <cstdint>
#include <filesystem>
#include <istream>
#include <string>
#include <vector>

namespace morph {

/// Whether the first record names the columns.
enum class csv_header : uint8_t {
  automatic, ///< It does unless all its fields are numbers.
  present,
  absent, ///< Columns are then named "0", "1", ...
};

struct csv_options {
  csv_header header = csv_header::automatic;
  char separator = ',';
  /// Name of the column that becomes `y`; empty: none.
  std::string predict = {};
  /// If true, `y` has the dtype of `x`. Otherwise whole numbers become i64
  /// classes, other numbers have the dtype of `x`, and text becomes classes
  /// numbered in alphabetical order.
  bool predict_number = false;
  /// Element type of `x`: f32 or f64.
  dtype type = f32;
};

struct csv_table {
  std::vector<std::string> columns; ///< Of `x`.
  tensor x;                         ///< [rows, columns]
  tensor y;                         ///< [rows], or null.
  std::vector<std::string> classes; ///< If the predicted column is text.
};

result<csv_table> read_csv(const std::filesystem::path& path,
                           const csv_options& options = {});

/// As above from a stream; `name` stands in errors for that of a file.
result<csv_table> read_csv(std::istream& in, std::string name,
                           const csv_options& options = {});

} // namespace morph
