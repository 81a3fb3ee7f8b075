#include "apps/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace morph::test;
using nlohmann::json;

namespace {

json train(std::vector<std::string> more) {
  std::vector<std::string> words{
    "train",   "--data",   MORPH_SOURCE_DIR "/data/optdigits/optdigits.csv",
    "--label", "digit",    "--steps",
    "800",     "--epochs", "20",
    "--json",  "--quiet"};
  words.insert(words.end(), more.begin(), more.end());
  auto x = run(words);
  INFO(x.err);
  CHECK(x.code == 0);
  auto out = json::parse(x.out, nullptr, false);
  REQUIRE(out.is_object());
  return out;
}

size_t nodes_on(const json& report, const std::string& host) {
  size_t n = 0;
  for (auto& x : report["nodes"])
    n += x["host"] == host ? 1 : 0;
  return n;
}

} // namespace

TEST_CASE("nodes leave a host whose link slows down, and no bit changes",
          "[serial]") {
  // Either host may be in use at first: each is cut off once.
  auto expected = train({})["parameters_sha256"];
  for (std::string slow : {"a1", "a2"}) {
    std::string other = slow == "a1" ? "a2" : "a1";
    INFO(slow);
    auto report = train(
      {"--local", "2", "--throttle", "driver:" + slow + "=100kB/s@100"});
    CHECK(report["parameters_sha256"] == expected);
    CHECK(nodes_on(report, other) > nodes_on(report, slow));
    CHECK(report["plan_changes"].is_array());
    CHECK(report["lost_hosts"].empty());
    // 8 kB of features over the slow link would take 80 ms.
    auto& tenths = report["seconds_per_step_by_tenth"];
    REQUIRE(!tenths.empty());
    CHECK(tenths.back() < 0.04);
  }
}

TEST_CASE("a throttle between hosts that are not there is refused") {
  auto csv = std::string{MORPH_SOURCE_DIR "/data/optdigits/optdigits.csv"};
  auto x = run({"train", "--data", csv, "--label", "digit", "--local", "1",
                "--steps", "5", "--throttle", "a1:a7=1MB/s"});
  CHECK(x.code == 3);
  CHECK(has(x.err, "MM0506"));
  CHECK(run({"train", "--data", csv, "--label", "digit", "--steps", "5",
             "--throttle", "a1:a2=1MB/s"})
          .code
        == 2);
}
