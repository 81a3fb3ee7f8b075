// How help is laid out: examples first, exit codes last.
#pragma once

#include <CLI/CLI.hpp>

#include <string>

namespace morph::cli {

class help_formatter : public CLI::Formatter {
public:
  std::string make_help(const CLI::App* app, std::string name,
                        CLI::AppFormatMode mode) const override;

  /// Examples are kept as the footer and stand at the top.
  std::string make_footer(const CLI::App*) const override {
    return {};
  }
};

/// The candidate that a mistyped verb or option may mean, quoted in a
/// sentence, or nothing if none is near.
std::string did_you_mean(const CLI::App& app, const std::string& word);

} // namespace morph::cli
