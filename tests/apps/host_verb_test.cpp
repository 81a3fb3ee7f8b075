#include "apps/program.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

using namespace morph::test;
using nlohmann::json;

namespace {

std::string address_of(program& host) {
  auto said = json::parse(host.read_line(), nullptr, false);
  return said.is_object() ? said.value("address", "") : "";
}

} // namespace

TEST_CASE("a host says where it is and ends when asked") {
  scratch folder;
  auto key = folder.file("key", "secret\n");
  program host{{"host", "--name", "a7", "--key-file", key, "--workers", "2"}};
  auto line = host.read_line();
  CHECK(line.substr(0, 24) == "host a7 ready 127.0.0.1:");
  CHECK(has(line, " 2 workers"));
  host.signal(SIGTERM);
  CHECK(host.wait().code == 0);
}

TEST_CASE("a host refuses what it cannot do") {
  scratch folder;
  auto key = folder.file("key", "secret\n");
  SECTION("no key") {
    auto x = run({"host"}, {{"MORPH_KEY", ""}});
    CHECK(x.code == 2);
    CHECK(has(x.err, "--key-file"));
  }
  SECTION("an empty key") {
    auto x = run({"host", "--key-file", folder.file("empty", "\n")});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0403"));
  }
  SECTION("an address that is none") {
    auto x = run({"host", "--key-file", key, "--listen", "nowhere:abc"});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0112"));
  }
  SECTION("an address beyond loopback") {
    auto x = run({"host", "--key-file", key, "--listen", "0.0.0.0:0"});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0608"));
  }
  SECTION("a port in use") {
    program first{{"host", "--json", "--key-file", key}};
    auto where = address_of(first);
    REQUIRE(!where.empty());
    auto x = run({"host", "--key-file", key, "--listen", where});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0603"));
  }
  SECTION("a plugin that is none") {
    auto x = run({"host", "--key-file", key, "--plugin", key});
    CHECK(x.code == 3);
    CHECK(has(x.err, "MM0401"));
  }
}

TEST_CASE("a driver with another key is turned away") {
  program host{{"host", "--json", "--quiet"}, {{"MORPH_KEY", "right"}}};
  auto where = address_of(host);
  REQUIRE(!where.empty());
  auto refused = run({"plan", "--hosts", where, "--measure", "0"},
                     {{"MORPH_KEY", "wrong"}});
  CHECK(refused.code == 4);
  CHECK(has(refused.err, "MM0602"));
  auto met = run({"plan", "--hosts", where, "--measure", "0"},
                 {{"MORPH_KEY", "right"}});
  INFO(met.err);
  CHECK(met.code == 0);
}

TEST_CASE("a host that is not there is named") {
  auto x = run({"plan", "--hosts", "127.0.0.1:1"}, {{"MORPH_KEY", "k"}});
  CHECK(x.code == 4);
  CHECK(has(x.err, "MM0601"));
  CHECK(has(x.err, "127.0.0.1:1"));
  auto name = run({"plan", "--hosts", "a9"}, {{"MORPH_KEY", "k"}});
  CHECK(name.code == 3);
  CHECK(has(name.err, "MM0506"));
  CHECK(run({"plan", "--hosts", "/nonexistent.json"}).code == 3);
}
