#include "apps/program.hpp"

#include <morph/apps/morph/verification.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace morph;
using namespace morph::test;

TEST_CASE("verify trains on every runtime and finds the same bits") {
  test::program run{{"verify", "--steps", "5", "--turns", "1", "--json"}};
  auto x = run.wait();
  INFO(x.err);
  CHECK(x.code == 0);
  auto out = nlohmann::json::parse(x.out);
  CHECK(out["identical"] == true);
  REQUIRE(out["runs"].size() == 12);
  CHECK(out["runs"][5]["runtime"] == "cluster(3)");
  CHECK(out["runs"][0]["sha256"] == out["runs"][5]["sha256"]);
  CHECK(out["runs"][0]["sha256"] != out["runs"][6]["sha256"]); // sgd, adam
  CHECK(run.descendants().empty());
}

TEST_CASE("the first difference of parameters is named") {
  parameter_map a{{"b", tensor::of<double>({3}, {1, 2, 3})},
                  {"w", tensor::of<double>({2}, {0.0, 1})}};
  auto b = a;
  CHECK(cli::first_difference(a, b).empty());
  b["w"] = tensor::of<double>({2}, {-0.0, 1});
  CHECK(cli::first_difference(a, b) == "'w' differs first at element 0");
  b = a;
  b["b"] = tensor::of<double>({3}, {1, 2, 4});
  CHECK(cli::first_difference(a, b) == "'b' differs first at element 2");
  b.erase("b");
  CHECK(has(cli::first_difference(a, b), "'b' is missing"));
}
