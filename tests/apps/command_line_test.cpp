#include "apps/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace morph::test;

TEST_CASE("help shows examples first and exit codes last") {
  for (std::string verb :
       {"host", "up", "train", "eval", "plan", "graph", "verify", "errors"}) {
    INFO(verb);
    auto x = run({verb, "--help"});
    CHECK(x.code == 0);
    CHECK(x.out.substr(0, 12 + 6) == "Examples:\n  morph ");
    CHECK(has(x.out, "130 interrupted"));
    CHECK(has(x.out, "--json"));
  }
  CHECK(run({"help", "train"}).out == run({"train", "--help"}).out);
  auto all = run({"--help"});
  CHECK(all.code == 0);
  CHECK(has(all.out, "--json"));
}

TEST_CASE("the version names CAF and the compiler") {
  auto x = run({"--version"});
  CHECK(x.code == 0);
  CHECK(x.out.substr(0, 6) == "morph ");
  CHECK(has(x.out, "CAF 0.17.6"));
}

TEST_CASE("a mistyped word is refused with what it may mean") {
  auto verb = run({"tarin"});
  CHECK(verb.code == 2);
  CHECK(has(verb.err, "there is no verb 'tarin'"));
  CHECK(has(verb.err, "did you mean 'train'?"));
  auto option = run({"train", "--epoch", "3"});
  CHECK(option.code == 2);
  CHECK(has(option.err, "did you mean '--epochs'?"));
  CHECK(has(run({"plan", "--quite"}).err, "did you mean '--quiet'?"));
  auto value = run({"train", "--epochs", "many"});
  CHECK(value.code == 2);
  CHECK(has(value.err, "see morph train --help"));
  CHECK(run({}).code == 2);
  CHECK(run({"train", "--epochs", "-1"}).code == 2);
  CHECK(run({"train", "--optimiser", "magic"}).code == 2);
}

TEST_CASE("words that make no sense together are refused") {
  auto x = run({"train", "--data", "x.csv", "--label", "y", "--runtime",
                "inline", "--local", "2"});
  CHECK(x.code != 0);
  CHECK(run({"train"}).code == 2);
  CHECK(run({"eval"}).code == 2);
  CHECK(run({"graph", "--model", "circular"}).code == 2);
}

TEST_CASE("errors are listed with their remedies") {
  auto all = run({"errors"});
  CHECK(all.code == 0);
  CHECK(has(all.out, "MM0602"));
  auto one = run({"errors", "MM0602", "--json"});
  auto x = nlohmann::json::parse(one.out);
  REQUIRE(x.size() == 1);
  CHECK(x[0]["name"] == "authentication_failed");
  CHECK(run({"errors", "MM9999"}).code == 2);
}

TEST_CASE("with --json an error is JSON on stdout") {
  auto x = run({"graph", "/nonexistent.graph", "--json"});
  CHECK(x.code == 3);
  auto e = nlohmann::json::parse(x.out)["error"];
  CHECK(e["code"] == "MM0401");
  CHECK(!e["fix"].get<std::string>().empty());
  auto usage = run({"train", "--json"});
  CHECK(usage.code == 2);
  CHECK(nlohmann::json::parse(usage.out)["error"]["code"] == "usage");
}
