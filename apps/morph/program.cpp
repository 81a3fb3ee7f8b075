#include <morph/apps/morph/help.hpp>
#include <morph/apps/morph/interrupt.hpp>
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/version.hpp>

#include <nlohmann/json.hpp>

#include <csignal>
#include <iostream>
#include <string>
#include <vector>

namespace morph::cli {

CLI::App* add_verb(CLI::App& root, const std::string& name,
                   const std::string& description,
                   const std::string& examples) {
  auto* out = root.add_subcommand(name, description);
  out->footer(examples);
  out->fallthrough();
  return out;
}

namespace {

constexpr auto root_examples
  = "  morph verify\n"
    "  morph train --model conv --data digits.csv --label digit --local 3\n"
    "  morph up -n 3 &  morph train --data digits.csv --label digit \\\n"
    "    --hosts morph-hosts.json";

int usage(const invocation& call, const std::string& what,
          const std::string& hint) {
  if (call.json)
    std::cout
      << nlohmann::json{{"error",
                         {{"code", "usage"}, {"message", what}, {"fix", hint}}}}
           .dump()
      << std::endl;
  else
    std::cerr << "morph: " << what << (hint.empty() ? "" : "\n  ") << hint
              << "\n";
  return static_cast<int>(exit_code::usage);
}

/// The verb that the words name, or the program itself.
const CLI::App& named_verb(const CLI::App& root) {
  auto verbs = root.get_subcommands();
  return verbs.empty() ? root : *verbs.front();
}

/// The first word that nothing takes, if there is one.
std::string stray_word(const CLI::App& root, int argc, char** argv) {
  auto extras = root.remaining(true);
  if (!extras.empty())
    return extras.front();
  return root.get_subcommands().empty() && argc > 1 ? argv[1] : "";
}

/// Refuses a call that cannot be read.
int refuse(const CLI::App& root, const invocation& call,
           const CLI::ParseError& why, const std::string& stray) {
  auto& verb = named_verb(root);
  auto at_root = &verb == &root;
  auto hint = did_you_mean(verb, stray);
  if (hint.empty())
    hint = did_you_mean(root, stray);
  if (hint.empty())
    hint = "see morph " + (at_root ? "" : verb.get_name() + " ") + "--help";
  auto unknown_verb = at_root && !stray.empty() && stray[0] != '-';
  return usage(call,
               unknown_verb ? "there is no verb '" + stray + "'"
                            : std::string{why.what()},
               hint);
}

/// `morph help train` means `morph train --help`.
std::vector<std::string> words_of(int argc, char** argv) {
  std::vector<std::string> out{argv + 1, argv + argc};
  if (out.front() == "help") {
    out.erase(out.begin());
    out.emplace_back("--help");
  }
  return {out.rbegin(), out.rend()}; // the order that CLI11 takes
}

int run_verb(const invocation& call) {
  try {
    return static_cast<int>(call.run());
  } catch (const failure& e) {
    report_error(e.value(), call.json);
    return static_cast<int>(exit_code_of(e.code()));
  } catch (const usage_error& e) {
    return usage(call, e.what, "see morph --help");
  } catch (const std::exception& e) {
    report_error(error{errc::node_failed, e.what()}, call.json);
    return static_cast<int>(exit_code::run_failed);
  }
}

} // namespace

int run_program(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  catch_interrupts();
  invocation call;
  CLI::App app{"Trains and runs graphs of actors on one thread or many hosts",
               "morph"};
  app.formatter(std::make_shared<help_formatter>());
  app.footer(root_examples);
  app.set_version_flag("--version", version_text());
  app.add_flag("--json", call.json, "Results as JSON on stdout");
  app.add_flag("-q,--quiet", call.quiet, "No progress, no notes");
  app.require_subcommand(1);
  add_host(app, call);
  add_up(app, call);
  add_train(app, call);
  add_eval(app, call);
  add_plan(app, call);
  add_graph(app, call);
  add_verify(app, call);
  add_errors(app, call);
  if (argc < 2) {
    std::cout << app.help();
    return static_cast<int>(exit_code::usage);
  }
  try {
    auto words = words_of(argc, argv);
    app.parse(words);
  } catch (const CLI::Success& e) {
    return app.exit(e); // help and version
  } catch (const CLI::ParseError& e) {
    return refuse(app, call, e, stray_word(app, argc, argv));
  }
  return run_verb(call);
}

} // namespace morph::cli
