// What verbs print: data on stdout, errors and notes on stderr.
//
// Thread-safety: `say` may be called from any thread, the rest is for the main
// thread.
#pragma once

#include <morph/graph/error.hpp>

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace morph::cli {

/// An error as text on stderr, or as JSON on stdout.
void report_error(const error& x, bool json);

/// An error with all that is known of it.
nlohmann::json to_json(const error& x);

/// One line of data on stdout, at once.
void say(const std::string& line);

/// One line of JSON on stdout, at once.
void say(const nlohmann::json& x);

/// One line for the person who watches.
void note(const std::string& line);

/// Rows of text in columns; the first row is the head.
class text_table {
public:
  explicit text_table(std::vector<std::string> head);

  void add(std::vector<std::string> row);

  /// Columns as wide as their widest cell, cells that are numbers to the
  /// right; each line ends in a line feed.
  std::string str() const;

private:
  std::vector<std::vector<std::string>> rows_;
};

/// `12.3` for 12.345 with one digit.
std::string fixed(double x, int digits);

/// `18.2 MB`.
std::string bytes_text(double x);

/// `412 us`, `1.9 ms`, `3.0 s`.
std::string seconds_text(double x);

} // namespace morph::cli
