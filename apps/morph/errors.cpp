// morph errors: the table of error codes.
#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/output.hpp>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace morph::cli {

namespace {

bool wanted(const errc_info& x, const std::string& code) {
  return x.code != errc::none
         && (code.empty() || code == to_string(x.code) || code == x.name);
}

exit_code list_errors(const std::string& code, bool json) {
  auto rows = nlohmann::json::array();
  std::string text;
  for (auto& x : errc_table()) {
    if (!wanted(x, code))
      continue;
    rows.push_back({{"code", to_string(x.code)},
                    {"name", std::string{x.name}},
                    {"meaning", std::string{x.meaning}},
                    {"fix", std::string{x.remedy}}});
    text += to_string(x.code) + "  " + std::string{x.name} + "\n        "
            + std::string{x.meaning} + "\n        fix: " + std::string{x.remedy}
            + "\n";
  }
  if (rows.empty())
    throw usage_error{"there is no error '" + code + "'"};
  text.pop_back();
  json ? say(rows) : say(text);
  return exit_code::ok;
}

} // namespace

void add_errors(CLI::App& root, invocation& call) {
  auto* verb = add_verb(root, "errors", "List the codes of errors",
                        "  morph errors\n"
                        "  morph errors MM0602");
  auto code = std::make_shared<std::string>();
  verb->add_option("code", *code, "One code, or its name");
  verb->callback([code, &call] {
    call.run = [code, &call] { return list_errors(*code, call.json); };
  });
}

} // namespace morph::cli
