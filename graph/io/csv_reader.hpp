// Splits comma-separated text (RFC 4180) into records, one at a time: quoted
// fields may hold separators, line ends and doubled quotes; lines end in LF,
// CRLF or CR; blank lines and a byte order mark are skipped.
//
// Thread-safety: none; use one object per thread.
//
// Invariants:
// 1. Memory is bounded by one record: a field has at most 1 MiB, a record at
//    most 2^20 fields.
// 2. Each field knows the line and column at which it starts, from 1.
#pragma once

#include <morph/graph/error.hpp>

#include <cstdint>
#include <istream>
#include <string>
#include <vector>

namespace morph {

struct csv_field {
  std::string text; ///< Unquoted; blanks around a bare field are cut off.
  bool quoted = false;
  uint32_t line = 1;
  uint32_t column = 1;
};

class csv_reader {
public:
  static constexpr size_t max_field = size_t{1} << 20;
  static constexpr size_t max_fields = size_t{1} << 20;

  /// Reads from `in`, which outlives the reader; `name` stands in errors.
  csv_reader(std::istream& in, std::string name, char separator = ',');

  /// Reads the next record; false if there is none. MM0403 names line and
  /// column of what is malformed, MM0402 a quote that is never closed.
  result<bool> next(std::vector<csv_field>& record);

  /// An error about a place in the text.
  error at(uint32_t line, uint32_t column, errc code,
           std::string_view what) const;

  error at(const csv_field& x, errc code, std::string_view what) const {
    return at(x.line, x.column, code, what);
  }

  const std::string& name() const noexcept {
    return name_;
  }

private:
  static constexpr int end_of_input = -1;

  int peek();
  int take();
  bool take_line_end();
  void skip_byte_order_mark();
  result<void> read_field(csv_field& out);
  result<void> read_quoted(csv_field& out);
  error here(errc code, std::string_view what) const;

  std::istream& in_;
  std::string name_;
  char separator_;
  std::vector<char> buffer_;
  size_t at_ = 0;
  size_t filled_ = 0;
  uint32_t line_ = 1;
  uint32_t column_ = 1;
};

} // namespace morph
