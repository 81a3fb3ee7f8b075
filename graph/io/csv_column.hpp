// Turns fields into numbers, and the column that is to be predicted into a
// tensor.
//
// Thread-safety: `csv_column` none; free functions are safe.
#pragma once

#include <morph/graph/tensor.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace morph::detail {

/// The whole text as a number: decimal, exponent, `inf`, `nan`; whatever the
/// locale. None if it is something else or does not fit in `T`.
template <class T>
std::optional<T> parse_number(std::string_view text) noexcept;

extern template std::optional<float> parse_number(std::string_view) noexcept;
extern template std::optional<double> parse_number(std::string_view) noexcept;
extern template std::optional<int64_t> parse_number(std::string_view) noexcept;

/// Collects the predicted column. What it holds is decided by its first field;
/// whole numbers turn into numbers when the first fraction comes.
class csv_column {
public:
  csv_column(bool as_number, dtype type) : type_(type) {
    if (as_number)
      kind_ = kind::number;
  }

  /// Returns false if the field is of another kind than those before.
  bool add(const std::string& text);

  /// What `add` wanted, for an error.
  std::string_view wanted() const noexcept;

  tensor take_values();

  /// Names of classes in alphabetical order; empty unless the column is text.
  std::vector<std::string> classes() const;

private:
  enum class kind : uint8_t { unknown, whole, number, text };

  dtype type_;
  kind kind_ = kind::unknown;
  std::vector<int64_t> whole_;
  std::vector<double> numbers_;
  std::vector<std::string> names_;
};

} // namespace morph::detail
