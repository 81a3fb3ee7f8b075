#include <morph/apps/morph/invocation.hpp>
#include <morph/apps/morph/output.hpp>
#include <morph/apps/morph/quantity.hpp>
#include <morph/apps/morph/throttle_option.hpp>

#include <catch2/catch.hpp>

using namespace morph::cli;

TEST_CASE("numbers of bytes are read as people write them") {
  CHECK(parse_bytes("4096") == 4096);
  CHECK(parse_bytes("64kB") == 64'000);
  CHECK(parse_bytes("64 KiB") == 65'536);
  CHECK(parse_bytes("1.5MB") == 1'500'000);
  CHECK(parse_bytes("2g") == 2'000'000'000);
  CHECK(parse_bytes("0") == 0);
  for (auto* bad : {"", "x", "-1", "1 parsec", "1e30", "KiB", "nan", "1ki"})
    CHECK_THROWS_AS(parse_bytes(bad), usage_error);
}

TEST_CASE("a throttle names a link, a rate and a step") {
  auto x = parse_throttle("a1:a2=1MB/s@200");
  CHECK(x.from == "a1");
  CHECK(x.to == "a2");
  CHECK(x.bytes_per_second == 1'000'000);
  CHECK(x.step == 200);
  CHECK(parse_throttle("a1:a2=64KiB").step == 1);
  for (auto* bad : {"", "a1", "a1:a2", "a1=1MB", ":a2=1MB",
                    "a1:a2=", "a1:a2=1MB@x", "a1:a2=1MB@"})
    CHECK_THROWS_AS(parse_throttle(bad), usage_error);
}

TEST_CASE("tables line up and put numbers to the right") {
  text_table t{{"node", "us"}};
  t.add({"a", "1.5"});
  t.add({"matmul", "12.0"});
  CHECK(t.str() == "node      us\na        1.5\nmatmul  12.0\n");
}

TEST_CASE("times and sizes are told with their units") {
  CHECK(seconds_text(412e-6) == "412 us");
  CHECK(seconds_text(0.0019) == "1.9 ms");
  CHECK(seconds_text(3) == "3.0 s");
  CHECK(bytes_text(18'200'000) == "18.2 MB");
  CHECK(bytes_text(12) == "12 B");
}
