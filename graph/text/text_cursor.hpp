// Walks over line-oriented text token by token and keeps the first error, with
// its line and column.
//
// Thread-safety: none.
//
// Invariants:
// 1. Tokens never reach over the end of a line.
// 2. After the first error every call fails; that error is the one reported.
#pragma once

#include <morph/graph/error.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace morph::detail {

class text_cursor {
public:
  /// `text` outlives the cursor; `name` stands in errors for that of a file.
  text_cursor(std::string_view text, std::string name);

  /// True if only blanks or a comment (`# ...`) are left of the line.
  bool at_line_end();

  /// Moves to the start of the next line; false if there is none.
  bool next_line();

  /// True if the next character after blanks is `c`.
  bool sees(char c);

  /// Skips `c` if it comes next.
  bool accept(char c);

  /// As `accept`, or an error.
  bool require(char c);

  /// A run of letters, digits and `_`; empty if there is none.
  std::string_view word();

  /// A run of characters that words and numbers are made of.
  std::string_view scalar();

  /// A quoted string.
  bool string(std::string& out);

  /// A quoted string, or a word if the next character is no quote.
  bool word_or_string(std::string& out, std::string_view what);

  /// A decimal number of the type of `out`.
  template <class T>
  bool integer(T& out, std::string_view what);

  /// Up to the next blank or one of `stops`.
  std::string_view until(std::string_view stops);

  /// Column of the next token, from 1.
  size_t column();

  /// Records that something else was expected here; returns false.
  bool expected(std::string_view what);

  /// Records an error about the current place; returns false.
  bool reject(errc code, std::string_view what);

  /// Records an error about a column of this line; returns false.
  bool reject_at(size_t column, error x);

  const error& first_error() const noexcept {
    return error_;
  }

private:
  void skip_blanks();
  std::string found() const;

  std::string_view text_;
  std::string name_;
  size_t at_ = 0;
  size_t line_start_ = 0;
  uint32_t line_ = 1;
  error error_;
};

extern template bool text_cursor::integer(int64_t&, std::string_view);
extern template bool text_cursor::integer(uint32_t&, std::string_view);
extern template bool text_cursor::integer(uint16_t&, std::string_view);

} // namespace morph::detail
