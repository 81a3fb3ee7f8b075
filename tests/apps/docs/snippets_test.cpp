#include "apps/docs/run_command.hpp"
#include "apps/docs/text_file.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <set>

using namespace morph::test;
namespace fs = std::filesystem;

namespace {

/// A fenced block of a page.
struct block {
  std::string language;
  std::string above; ///< The line before the fence.
  std::vector<std::string> lines;
  size_t line = 0;
};

std::vector<block> blocks_of(const fs::path& page) {
  std::vector<block> out;
  std::string above;
  bool inside = false;
  size_t number = 0;
  for (auto& line : lines_of(page)) {
    ++number;
    if (line.starts_with("```")) {
      inside = !inside;
      if (inside)
        out.push_back({line.substr(3), above, {}, number});
    } else if (inside) {
      out.back().lines.push_back(line);
    }
    above = line;
  }
  CHECK_FALSE(inside);
  return out;
}

std::vector<fs::path> pages() {
  std::vector<fs::path> out;
  auto add = [&](const fs::path& x) {
    if (x.extension() == ".md")
      out.push_back(x);
  };
  for (auto& x : fs::directory_iterator{source_dir()})
    add(x.path());
  for (auto* folder : {"docs", "graph", "autodiff", "transport", "actors",
                       "apps", "tests", "bench", "cmake"})
    if (fs::exists(source_dir() / folder))
      for (auto& x : fs::recursive_directory_iterator{source_dir() / folder})
        add(x.path());
  std::sort(out.begin(), out.end());
  return out;
}

/// The lines between `// [name]` and `// [/name]`, moved to the left margin;
/// marks of other sections and blank lines at the end are left out.
std::vector<std::string> section(const fs::path& file,
                                 const std::string& name) {
  std::vector<std::string> out;
  bool inside = false, found = false;
  for (auto line : lines_of(file)) {
    auto text = line.substr(std::min(line.find_first_not_of(' '), line.size()));
    if (text == "// [" + name + "]")
      inside = found = true;
    else if (text == "// [/" + name + "]")
      inside = false;
    else if (inside && !text.starts_with("// ["))
      out.push_back(line);
  }
  CHECK(found);
  CHECK_FALSE(inside);
  while (!out.empty() && out.back().empty())
    out.pop_back();
  auto margin = std::string::npos;
  for (auto& line : out)
    margin = std::min(margin, line.find_first_not_of(' '));
  for (auto& line : out)
    line = line.substr(std::min(margin, line.size()));
  return out;
}

/// From `<!-- path [section] -->`.
std::optional<std::pair<fs::path, std::string>> origin(
  const std::string& line) {
  auto open = line.find(" [");
  if (!line.starts_with("<!-- ") || !line.ends_with("] -->")
      || open == std::string::npos)
    return std::nullopt;
  return std::pair{source_dir() / line.substr(5, open - 5),
                   line.substr(open + 2, line.size() - open - 7)};
}

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> out{""};
  for (char c : line)
    if (c == ' ')
      out.emplace_back();
    else
      out.back() += c;
  std::erase(out, "");
  return out;
}

} // namespace

TEST_CASE("every C++ snippet of a page is part of a file that is compiled") {
  size_t snippets = 0;
  for (auto& page : pages())
    for (auto& x : blocks_of(page)) {
      if (x.language != "cpp")
        continue;
      INFO(page.string() << ':' << x.line);
      auto from = origin(x.above);
      CHECK(from);
      if (!from)
        continue;
      ++snippets;
      INFO(from->first.string());
      CHECK(fs::exists(from->first));
      if (fs::exists(from->first))
        CHECK(x.lines == section(from->first, from->second));
    }
  CHECK(snippets >= 8);
}

TEST_CASE("every link of a page leads to a file") {
  for (auto& page : pages()) {
    bool inside = false;
    for (auto& line : lines_of(page)) {
      inside = inside != line.starts_with("```");
      for (auto at = line.find("]("); !inside && at != std::string::npos;
           at = line.find("](", at + 1)) {
        auto link = line.substr(at + 2, line.find(')', at) - at - 2);
        link = link.substr(0, link.find('#'));
        if (link.empty() || link.find("://") != std::string::npos)
          continue;
        INFO(page.string() << ": " << link);
        CHECK(fs::exists(page.parent_path() / link));
      }
    }
  }
}

TEST_CASE("every verb of morph that a page shows is one") {
  std::set<std::string> verbs;
  for (auto& page : pages())
    for (auto& x : blocks_of(page)) {
      if (x.language != "console" && x.language != "sh" && !x.language.empty())
        continue;
      for (auto& line : x.lines) {
        auto words = words_of(line);
        std::erase(words, "$");
        if (words.size() > 1 && words[0] == "morph" && words[1][0] != '-')
          verbs.insert(words[1]);
      }
    }
  CHECK_FALSE(verbs.empty());
  for (auto& verb : verbs) {
    INFO(verb);
    CHECK(run_command("morph " + verb + " --help").status == 0);
  }
}
