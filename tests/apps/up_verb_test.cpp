#include "apps/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace morph::test;
using nlohmann::json;

namespace {

std::vector<pid_t> ids(const json& ready) {
  std::vector<pid_t> out;
  for (auto& h : ready["hosts"])
    out.push_back(h["pid"].get<pid_t>());
  return out;
}

json start(program& up) {
  return json::parse(up.read_line(), nullptr, false);
}

} // namespace

TEST_CASE("hosts go up together and down together") {
  scratch folder;
  auto file = folder / "hosts.json";
  program up{{"up", "-n", "3", "--json", "--hosts-file", file}};
  auto ready = start(up);
  REQUIRE(ready.is_object());
  REQUIRE(ready["hosts"].size() == 3);
  CHECK(ready["hosts"][2]["name"] == "a3");
  auto key = json::parse(std::ifstream{file})["key_file"].get<std::string>();
  auto mode = std::filesystem::status(key).permissions();
  CHECK((mode & std::filesystem::perms::mask)
        == (std::filesystem::perms::owner_read
            | std::filesystem::perms::owner_write));
  SECTION("on SIGTERM") {
    up.signal(SIGTERM);
  }
  SECTION("on Ctrl-C") {
    up.signal(SIGINT);
  }
  CHECK(up.wait().code == 0);
  for (auto pid : ids(ready))
    CHECK(is_gone(pid));
  CHECK(!std::filesystem::exists(file));
  CHECK(!std::filesystem::exists(key));
}

TEST_CASE("hosts do not outlive a parent that was killed") {
  scratch folder;
  program up{{"up", "-n", "2", "--json", "--hosts-file", folder / "h.json"}};
  auto ready = start(up);
  REQUIRE(ready.is_object());
  up.signal(SIGKILL);
  CHECK(up.wait().code == 128 + SIGKILL);
  for (auto pid : ids(ready))
    CHECK(is_gone(pid));
}

TEST_CASE("hosts go down when their time is over") {
  scratch folder;
  auto x
    = run({"up", "-n", "1", "--for", "0.2", "--hosts-file", folder / "h.json"});
  CHECK(x.code == 0);
  CHECK(has(x.out, "host a1 ready 127.0.0.1:"));
}

TEST_CASE("the others go on when a host ends by itself") {
  scratch folder;
  program up{{"up", "-n", "2", "--json", "--hosts-file", folder / "h.json"}};
  auto ready = start(up);
  REQUIRE(ready.is_object());
  auto pids = ids(ready);
  kill(pids[1], SIGKILL);
  while (!has(up.errors(), "host a2 has ended")
         && !is_gone(up.id(), std::chrono::milliseconds{50})) {
    // Waits until the loss was noticed.
  }
  CHECK(kill(pids[0], 0) == 0);
  kill(pids[0], SIGKILL);
  auto x = up.wait();
  CHECK(x.code == 4);
  CHECK(has(x.out, "MM0604"));
}
