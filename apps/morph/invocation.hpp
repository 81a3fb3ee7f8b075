// One call of the program: what its verbs share while the command line is
// read, and what shall run afterwards.
//
// Thread-safety: none; it belongs to the main thread.
#pragma once

#include <morph/apps/morph/exit_code.hpp>

#include <functional>
#include <string>

namespace CLI {
class App;
} // namespace CLI

namespace morph::cli {

struct invocation {
  bool json = false;
  bool quiet = false;
  /// Set by the verb that was named. May throw `failure` or `usage_error`.
  std::function<exit_code()> run;
};

/// The words of a call make no sense together.
struct usage_error {
  std::string what;
};

/// Adds a verb; `examples` are shown first in its help.
CLI::App* add_verb(CLI::App& root, const std::string& name,
                   const std::string& description, const std::string& examples);

void add_host(CLI::App& root, invocation& call);
void add_up(CLI::App& root, invocation& call);
void add_train(CLI::App& root, invocation& call);
void add_eval(CLI::App& root, invocation& call);
void add_plan(CLI::App& root, invocation& call);
void add_graph(CLI::App& root, invocation& call);
void add_verify(CLI::App& root, invocation& call);
void add_errors(CLI::App& root, invocation& call);

/// The whole program; returns its exit code.
int run_program(int argc, char** argv);

} // namespace morph::cli
