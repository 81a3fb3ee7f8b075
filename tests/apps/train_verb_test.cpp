#include "apps/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace morph::test;
using nlohmann::json;

namespace {

json parsed(const outcome& x) {
  INFO(x.err);
  auto out = json::parse(x.out, nullptr, false);
  REQUIRE(out.is_object());
  return out;
}

} // namespace

TEST_CASE("training tells what came of it, and eval finds the same") {
  scratch folder;
  auto csv = folder.file("d.csv", small_csv(200));
  auto saved = folder / "p.safetensors";
  auto x = run({"train", "--data", csv, "--label", "kind", "--epochs", "20",
                "--rate", "0.01", "--out", saved, "--json"});
  CHECK(x.code == 0);
  auto report = parsed(x);
  CHECK(report["test_examples"] == 40);
  CHECK(report["accuracy"] > 0.9);
  CHECK(report["steps"] == 100);
  auto again
    = parsed(run({"eval", "--params", saved, "--data", csv, "--json"}));
  CHECK(again["accuracy"] == report["accuracy"]);
  CHECK(again["parameters_sha256"] == report["parameters_sha256"]);
}

TEST_CASE("a run over hosts ends with the bits of a run on one thread") {
  scratch folder;
  auto csv = folder.file("d.csv", small_csv(120));
  std::vector<std::string> words{"train", "--data",   csv, "--label",
                                 "kind",  "--epochs", "3", "--json"};
  auto here = parsed(run(words));
  words.insert(words.end(), {"--local", "2"});
  program there{words};
  auto x = there.wait();
  CHECK(x.code == 0);
  auto report = parsed(x);
  CHECK(report["runtime"] == "cluster(2)");
  CHECK(report["parameters_sha256"] == here["parameters_sha256"]);
  CHECK(report["bytes_moved"] > 0);
  CHECK(report["left_behind"]["node_actors"] == 0);
  CHECK(report["left_behind"]["remote_pointers"] == 0);
  for (auto& n : report["nodes"])
    CHECK((n["host"] == "a1" || n["host"] == "a2"));
  CHECK(there.descendants().empty());
}

TEST_CASE("data that cannot be used is refused with its place") {
  scratch folder;
  auto whole = small_csv(20);
  SECTION("a record that is cut off") {
    auto csv = folder.file("d.csv", whole + "3,4");
    auto x = run({"train", "--data", csv, "--label", "kind"});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0403"));
    CHECK(has(x.err, "22"));
  }
  SECTION("a quote that is never closed") {
    auto csv = folder.file("d.csv", whole + "\"3,4");
    auto x = run({"train", "--data", csv, "--label", "kind"});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0402"));
  }
  SECTION("a label that is no column") {
    auto csv = folder.file("d.csv", whole);
    auto x = run({"train", "--data", csv, "--label", "kin"});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0109"));
    CHECK(has(x.err, "kind"));
  }
  SECTION("no file") {
    auto x = run({"train", "--data", folder / "none.csv", "--label", "kind"});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0401"));
  }
  SECTION("parameters that are cut off") {
    auto csv = folder.file("d.csv", whole);
    auto file = folder.file("p.safetensors", "12");
    auto x = run({"eval", "--params", file, "--data", csv, "--label", "kind"});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0402"));
  }
}

TEST_CASE("a step with NaN fails, and the parameters before it are saved") {
  scratch folder;
  auto rows = small_csv(64);
  auto csv = folder.file("d.csv", rows + "nan,1,0\n");
  auto saved = folder / "p.safetensors";
  auto x = run({"train", "--data", csv, "--label", "kind", "--train-part", "1",
                "--scale", "0.1", "--batch", "8", "--watch", "--out", saved});
  INFO(x.err);
  CHECK(x.code == 6);
  CHECK(has(x.err, "MM0205"));
  CHECK(std::filesystem::exists(saved));
  CHECK(has(x.out, "saved in"));
}

TEST_CASE("Ctrl-C ends a run in order") {
  scratch folder;
  auto csv = folder.file("d.csv", small_csv(200));
  auto saved = folder / "p.safetensors";
  program train{{"train", "--data", csv, "--label", "kind", "--epochs",
                 "1000000", "--local", "2", "--out", saved}};
  while (!has(train.errors(), "epoch 2/")
         && !is_gone(train.id(), std::chrono::milliseconds{50})) {
    // Waits for the second epoch.
  }
  train.signal(SIGINT);
  auto x = train.wait();
  INFO(x.err);
  CHECK(x.code == 130);
  CHECK(std::filesystem::exists(saved));
  CHECK(train.descendants().empty());
}
