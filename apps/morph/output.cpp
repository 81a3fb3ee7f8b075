#include <morph/apps/morph/output.hpp>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <iostream>
#include <mutex>

namespace morph::cli {

namespace {

std::mutex& output_mutex() {
  static std::mutex instance;
  return instance;
}

bool numeric(const std::string& x) {
  return !x.empty() && (x[0] == '-' || (x[0] >= '0' && x[0] <= '9'))
         && x.find_first_not_of("0123456789.-+e") == std::string::npos;
}

} // namespace

void report_error(const error& x, bool json) {
  json ? say(nlohmann::json{{"error", to_json(x)}}) : note(to_string(x));
}

nlohmann::json to_json(const error& x) {
  auto& info = describe(x.code);
  return {{"code", to_string(x.code)},
          {"name", std::string{info.name}},
          {"message", x.message},
          {"node", x.node},
          {"file", x.where.file},
          {"line", x.where.line},
          {"fix", x.fix.empty() ? std::string{info.remedy} : x.fix}};
}

void say(const std::string& line) {
  std::lock_guard guard{output_mutex()};
  std::cout << line << std::endl;
}

void say(const nlohmann::json& x) {
  say(x.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

void note(const std::string& line) {
  std::lock_guard guard{output_mutex()};
  std::cerr << line << std::endl;
}

text_table::text_table(std::vector<std::string> head) {
  rows_.push_back(std::move(head));
}

void text_table::add(std::vector<std::string> row) {
  rows_.push_back(std::move(row));
}

std::string text_table::str() const {
  std::vector<size_t> width(rows_[0].size());
  std::vector<bool> right(width.size(), rows_.size() > 1);
  for (size_t r = 0; r < rows_.size(); ++r)
    for (size_t c = 0; c < width.size(); ++c) {
      width[c] = std::max(width[c], rows_[r][c].size());
      if (r > 0 && rows_[r][c] != "-" && !numeric(rows_[r][c]))
        right[c] = false;
    }
  std::string out;
  for (auto& row : rows_) {
    std::string line;
    for (size_t c = 0; c < width.size(); ++c) {
      std::string pad(width[c] - row[c].size(), ' ');
      line += (c > 0 ? "  " : "") + (right[c] ? pad + row[c] : row[c] + pad);
    }
    line.erase(line.find_last_not_of(' ') + 1);
    out += line + "\n";
  }
  return out;
}

std::string fixed(double x, int digits) {
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%.*f", digits, x);
  return text.data();
}

std::string bytes_text(double x) {
  static constexpr std::array units{"B", "kB", "MB", "GB", "TB"};
  size_t i = 0;
  for (; x >= 1000 && i + 1 < units.size(); ++i)
    x /= 1000;
  return fixed(x, i == 0 ? 0 : 1) + " " + units[i];
}

std::string seconds_text(double x) {
  if (x < 1e-3)
    return fixed(x * 1e6, 0) + " us";
  if (x < 1)
    return fixed(x * 1e3, 1) + " ms";
  return fixed(x, 1) + " s";
}

} // namespace morph::cli
