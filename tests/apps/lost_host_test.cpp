#include "apps/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace morph::test;
using nlohmann::json;

TEST_CASE("a host that is killed ends the run, but not what was trained") {
  scratch folder;
  auto csv = folder.file("d.csv", small_csv(200));
  auto hosts = folder / "hosts.json";
  auto saved = folder / "p.safetensors";
  program up{{"up", "-n", "2", "--json", "--hosts-file", hosts}};
  auto ready = json::parse(up.read_line(), nullptr, false);
  REQUIRE(ready.is_object());
  program train{{"train", "--data", csv, "--label", "kind", "--hosts", hosts,
                 "--epochs", "1000000", "--out", saved}};
  while (!has(train.errors(), "epoch 3/")
         && !is_gone(train.id(), std::chrono::milliseconds{50})) {
    // Waits for the third epoch.
  }
  // All nodes may be on either host: lose both, one after the other.
  kill(ready["hosts"][1]["pid"].get<pid_t>(), SIGKILL);
  auto x = train.wait(std::chrono::seconds{30});
  INFO(x.err);
  CHECK(x.code == 4);
  CHECK(has(x.err, "MM0604"));
  CHECK(has(x.err, "a2"));
  REQUIRE(std::filesystem::exists(saved));
  auto again = run({"eval", "--params", saved, "--data", csv, "--json"});
  CHECK(again.code == 0);
  CHECK(json::parse(again.out)["accuracy"] > 0.5);
}
