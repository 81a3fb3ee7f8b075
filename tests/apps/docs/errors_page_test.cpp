#include "apps/docs/text_file.hpp"

#include <morph/graph/error.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <map>
#include <sstream>

using namespace morph;
using namespace morph::test;

namespace {

constexpr auto top = R"(# Errors

Every failure that a program can meet has a code. Inside the library errors are
values (`morph::result<T>`); where a call cannot return one, and where a program
waits for a result, they are thrown as `morph::failure`, whose `value()` holds
code, message, the node concerned, the place in your code where that node was
defined, and what usually helps. `morph` prints them alike and, with `--json`,
as objects.

This page is made from the table in `graph/error.cpp`; a test compares the two.
`MORPH_WRITE_DOCS=1 ctest --preset dev -R errors.md` writes it anew.
)";

std::string page() {
  static const std::map<int, std::string> groups{
    {1, "Building graphs"}, {2, "Differentiation"}, {3, "Kernels"},
    {4, "Files"},           {5, "Running"},         {6, "Hosts and links"}};
  std::ostringstream out;
  out << top;
  int group = 0;
  for (auto& row : errc_table()) {
    auto number = static_cast<int>(row.code);
    if (number == 0)
      continue;
    if (number / 100 != group) {
      group = number / 100;
      out << "\n## " << groups.at(group)
          << "\n\n| code | name | meaning | what helps |\n|---|---|---|---|\n";
    }
    out << "| " << to_string(row.code) << " | `" << row.name << "` | "
        << row.meaning << " | " << row.remedy << " |\n";
  }
  return out.str();
}

} // namespace

TEST_CASE("docs/errors.md lists every code with its meaning and remedy") {
  auto path = source_dir() / "docs/errors.md";
  if (std::getenv("MORPH_WRITE_DOCS"))
    std::ofstream{path} << page();
  std::ifstream in{path};
  std::string have{std::istreambuf_iterator<char>{in}, {}};
  CHECK(have == page());
}

TEST_CASE("every row of the table of errors can be acted upon") {
  uint16_t last = 0;
  for (auto& row : errc_table()) {
    if (row.code == errc::none)
      continue;
    INFO(row.name);
    CHECK(static_cast<uint16_t>(row.code) > last);
    last = static_cast<uint16_t>(row.code);
    CHECK_FALSE(row.meaning.empty());
    CHECK_FALSE(row.remedy.empty());
  }
}
