#include <morph/apps/morph/help.hpp>
#include <morph/graph/graph.hpp>

#include <algorithm>
#include <numeric>
#include <vector>

namespace morph::cli {

namespace {

constexpr auto exit_codes
  = "All verbs take --json (results as JSON) and --quiet.\n"
    "Exit codes: 0 ok; 1 run failed; 2 usage; 3 bad file, graph or setting;\n"
    "  4 host unreachable, refused or lost; 5 timed out; 6 numerical check\n"
    "  failed; 130 interrupted.\n";

/// Long names of options, those in groups included.
void add_options(const CLI::App& app, std::vector<std::string>& out) {
  for (auto* o : app.get_options())
    for (auto& x : o->get_lnames())
      out.push_back("--" + x);
  // Groups of options are subcommands without a name.
  for (auto* x : app.get_subcommands([](const CLI::App*) { return true; }))
    if (x->get_name().empty())
      add_options(*x, out);
}

/// Edit distance, to keep suggestions near.
size_t distance(const std::string& a, const std::string& b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      auto up = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1,
                         diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = up;
    }
  }
  return row.back();
}

} // namespace

std::string help_formatter::make_help(const CLI::App* app, std::string name,
                                      CLI::AppFormatMode mode) const {
  std::string out;
  if (mode == CLI::AppFormatMode::Normal && !app->get_footer().empty())
    out = "Examples:\n" + app->get_footer() + "\n\n";
  out += CLI::Formatter::make_help(app, std::move(name), mode);
  if (mode == CLI::AppFormatMode::Normal)
    out += std::string{"\n"} + exit_codes;
  return out;
}

std::string did_you_mean(const CLI::App& app, const std::string& word) {
  std::vector<std::string> candidates;
  auto is_option = !word.empty() && word[0] == '-';
  if (is_option) {
    add_options(app, candidates);
  } else {
    for (auto* x : app.get_subcommands([](const CLI::App*) { return true; }))
      candidates.push_back(x->get_name());
  }
  auto bare = word.substr(0, word.find('='));
  auto best = nearest(bare, candidates);
  auto far = distance(bare, best);
  if (best.empty() || far >= bare.size()
      || far > std::max<size_t>(2, best.size() / 3))
    return {};
  return "did you mean '" + best + "'?";
}

} // namespace morph::cli
