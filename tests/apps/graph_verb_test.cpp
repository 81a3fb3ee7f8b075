#include "apps/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace morph::test;

TEST_CASE("a graph that was written is read back the same") {
  scratch folder;
  for (std::string name : {"dense", "conv"}) {
    auto file = folder / (name + ".graph");
    CHECK(run({"graph", "--model", name, "--out", file}).code == 0);
    auto built = run({"graph", "--model", name});
    auto read = run({"graph", file});
    CHECK(built.code == 0);
    CHECK(built.out == read.out);
    CHECK(has(read.out, "output \"loss\""));
  }
}

TEST_CASE("a graph is drawn in DOT and told as JSON") {
  auto dot = run({"graph", "--dot"});
  CHECK(dot.code == 0);
  CHECK(has(dot.out, "digraph"));
  auto x = nlohmann::json::parse(run({"graph", "--json"}).out);
  CHECK(x["nodes"].size() > 10);
  CHECK(x["outputs"].contains("logits"));
}

TEST_CASE("a graph file that cannot be used is refused with its place") {
  scratch folder;

  struct row {
    std::string text;
    std::string code;
    std::string word;
  };

  auto rows = {
    row{"graph 1\n%0 = input \"x\" : f32[2]\n%1 = sinn(%0)\n", "MM0101", "sin"},
    row{"graph 1\n%0 = input \"x\" : f32[2]\n%1 = sin(%7)\n", "MM0102", "3"},
    row{"graph 1\n%0 = input \"x\" : f32[2\n", "MM0112", "2"},
    row{"graph 1\n%0 = input \"x\" : f32[2]\n%1 = input \"y\" : f32[3]\n"
        "%2 = add(%0, %1)\n",
        "MM0107", "[2]"},
  };
  for (auto& x : rows) {
    auto file = folder.file("bad.graph", x.text);
    auto got = run({"graph", file});
    INFO(got.err);
    CHECK(got.code == 3);
    CHECK(has(got.err, x.code));
    CHECK(has(got.err, x.word));
  }
}
