#include "apps/docs/run_command.hpp"
#include "apps/docs/text_file.hpp"
#include "apps/program.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace morph::test;

namespace {

/// A command that an example's last lines show, and what it prints.
struct shown_run {
  std::string command;
  std::string output;
};

std::vector<shown_run> shown_runs(const std::filesystem::path& path) {
  std::vector<shown_run> out;
  for (auto& line : lines_of(path)) {
    if (line.starts_with("// $ "))
      out.push_back({line.substr(5), {}});
    else if (!out.empty() && line.starts_with("// "))
      out.back().output += line.substr(3) + "\n";
  }
  return out;
}

std::vector<std::filesystem::path> examples() {
  std::vector<std::filesystem::path> out;
  for (auto& x :
       std::filesystem::directory_iterator{source_dir() / "apps/examples"})
    if (x.path().extension() == ".cpp")
      out.push_back(x.path());
  std::sort(out.begin(), out.end());
  return out;
}

void check_example(const std::string& name) {
  auto runs = shown_runs(source_dir() / "apps/examples" / (name + ".cpp"));
  CHECK_FALSE(runs.empty());
  for (auto& x : runs) {
    INFO(x.command);
    CHECK(x.command.starts_with(name));
    auto y = run_command(x.command);
    CHECK(y.status == 0);
    CHECK(y.output == x.output);
  }
}

} // namespace

TEST_CASE("example: hello, graph") {
  check_example("01_hello_graph");
}

TEST_CASE("example: a custom node") {
  check_example("02_custom_node");
}

TEST_CASE("example: a user struct") {
  check_example("03_user_struct");
}

TEST_CASE("example: an actor as a node") {
  check_example("04_actor_as_node");
}

TEST_CASE("example: a graph in a service") {
  check_example("05_graph_in_service");
}

TEST_CASE("example: two-stage blur") {
  check_example("06_blur");
}

TEST_CASE("example: a node that follows its data") {
  check_example("11_nested");
}

TEST_CASE("example: the blur reads and writes image files") {
  scratch folder;
  auto in = folder.file("in.ppm", "P6 4 2 255\n" + std::string(24, '\x40'));
  auto out = folder / "out.png";
  auto x = run_command("06_blur " + in + " " + out);
  INFO(x.output);
  CHECK(x.status == 0);
  CHECK(std::filesystem::file_size(out) > 0);
  auto y = run_command("06_blur /nowhere.ppm " + out);
  CHECK(y.status != 0);
  CHECK(has(y.output, "MM0401"));
}

TEST_CASE("example: linear regression") {
  check_example("07_linear_regression");
}

TEST_CASE("example: digits") {
  check_example("08_digits");
}

TEST_CASE("examples print the same on hosts of morph up") {
  scratch folder;
  auto file = folder / "hosts.json";
  program up{{"up", "-n", "2", "--json", "--hosts-file", file}};
  REQUIRE(has(up.read_line(), "ready"));
  for (std::string name : {"06_blur", "08_digits"}) {
    auto runs = shown_runs(source_dir() / "apps/examples" / (name + ".cpp"));
    auto y = run_command(name + " --hosts=" + file);
    CHECK(y.status == 0);
    CHECK(y.output == runs.at(0).output);
  }
  up.signal(SIGTERM);
  CHECK(up.wait().code == 0);
}

TEST_CASE("every example is short, drawn and run") {
  std::ifstream self{source_dir() / "tests/apps/docs/examples_test.cpp"};
  std::string text{std::istreambuf_iterator<char>{self}, {}};
  auto all = examples();
  CHECK(all.size() >= 8);
  for (auto& x : all) {
    INFO(x);
    auto lines = lines_of(x);
    auto output = std::find_if(lines.begin(), lines.end(), [](auto& line) {
      return line.starts_with("// $ ");
    });
    CHECK(output - lines.begin() < 60);
    CHECK(lines.front().starts_with("// "));
    CHECK(text.find("check_example(\"" + x.stem().string() + "\")")
          != std::string::npos);
  }
}
