#include "scratch_folder.hpp"

#include <morph/graph/io/csv.hpp>

#include <catch2/catch.hpp>

#include <cmath>
#include <sstream>

using namespace morph;
using namespace std::string_literals;

namespace {

result<csv_table> parse(const std::string& text, csv_options options = {}) {
  std::istringstream in{text};
  return read_csv(in, "t.csv", options);
}

tensor floats(const shape& s, std::initializer_list<float> xs) {
  return tensor::of<float>(s, xs);
}

} // namespace

TEST_CASE("CSV: numbers become rows, the first line names columns") {
  auto x = unwrap(parse("a,b\n1,2\n3,4.5\n"));
  CHECK(x.columns == std::vector<std::string>{"a", "b"});
  CHECK(x.x.bit_equal(floats({2, 2}, {1, 2, 3, 4.5})));
  CHECK_FALSE(x.y);
}

TEST_CASE("CSV: a file of numbers alone has no names") {
  auto x = unwrap(parse("1,2\n3,4"));
  CHECK(x.columns == std::vector<std::string>{"0", "1"});
  CHECK(x.x.shape() == shape{2, 2});
  auto named = unwrap(parse("1,2\n3,4", {.header = csv_header::present}));
  CHECK(named.x.shape() == shape{1, 2});
}

TEST_CASE("CSV: line ends, blanks, quotes, a byte order mark") {
  auto want = floats({2, 2}, {1, 2, 3, 4});
  for (auto& text :
       {"a,b\r\n1,2\r\n3,4\r\n"s, "a,b\r1,2\r3,4\r"s, "\n\na,b\n\n1,2\n3,4"s,
        "\xef\xbb\xbf"
        "a,b\n1,2\n3,4\n"s,
        "a , b\n 1 ,\t2\n3, 4 \n"s, "\"a\",\"b\"\n\"1\", \"2\" \n3,4\n"s})
    CHECK(unwrap(parse(text)).x.bit_equal(want));
  auto quoted = unwrap(parse("\"x, \"\"y\"\"\nz\",b\n1,2\n"));
  CHECK(quoted.columns[0] == "x, \"y\"\nz");
}

TEST_CASE("CSV: line ends fall on the edge of a buffer unharmed") {
  // Buffers have 65536 bytes; the first record ends around that place.
  for (size_t n = 65530; n < 65540; ++n)
    for (auto* end : {"\r\n", "\r", "\n"}) {
      auto text = "a" + std::string(n, 'x') + end + "1" + end + "2" + end;
      auto x = unwrap(parse(text));
      CHECK(x.x.bit_equal(floats({2, 1}, {1, 2})));
    }
}

TEST_CASE("CSV: numbers do not depend on a locale and keep their bits") {
  auto x = unwrap(parse("a\n+1.5\n-0\ninf\nnan\n1e-45\n1e-60\n.5\n"));
  auto* p = x.x.data<float>();
  CHECK(p[0] == 1.5f);
  CHECK(std::signbit(p[1]));
  CHECK(std::isinf(p[2]));
  CHECK(std::isnan(p[3]));
  CHECK(p[4] == 1e-45f);
  CHECK(p[5] == 0.0f);
  CHECK(p[6] == 0.5f);
  auto wide = unwrap(parse("0.1\n1e300\n", {.type = f64}));
  CHECK(wide.x.bit_equal(tensor::of<double>({2, 1}, {0.1, 1e300})));
}

TEST_CASE("CSV: the predicted column stands apart") {
  SECTION("whole numbers are classes") {
    auto x = unwrap(parse("a,digit,b\n1,7,2\n3,0,4\n", {.predict = "digit"}));
    CHECK(x.columns == std::vector<std::string>{"a", "b"});
    CHECK(x.x.bit_equal(floats({2, 2}, {1, 2, 3, 4})));
    CHECK(x.y.bit_equal(tensor::of<int64_t>({2}, {7, 0})));
    CHECK(x.classes.empty());
  }
  SECTION("text is numbered in alphabetical order") {
    auto x
      = unwrap(parse("a,kind\n1,pear\n2,apple\n3,pear\n", {.predict = "kind"}));
    CHECK(x.y.bit_equal(tensor::of<int64_t>({3}, {1, 0, 1})));
    CHECK(x.classes == std::vector<std::string>{"apple", "pear"});
  }
  SECTION("fractions are numbers, also when the first ones are whole") {
    auto x = unwrap(parse("a,y\n1,2\n2,2.5\n", {.predict = "y"}));
    CHECK(x.y.bit_equal(floats({2}, {2, 2.5})));
  }
  SECTION("whole numbers can be asked for as numbers") {
    auto x = unwrap(
      parse("a,y\n1,2\n2,3\n", {.predict = "y", .predict_number = true}));
    CHECK(x.y.bit_equal(floats({2}, {2, 3})));
  }
  SECTION("without names a column goes by its number") {
    auto x = unwrap(parse("1,2\n3,4\n", {.predict = "1"}));
    CHECK(x.y.bit_equal(tensor::of<int64_t>({2}, {2, 4})));
  }
}

TEST_CASE("CSV: each kind of bad input names file, line and column") {
  struct row {
    std::string text;
    csv_options options;
    errc code;
    std::string_view says;
  };

  for (auto& x : {
         row{"", {}, errc::truncated_file, "line 1, column 1"},
         row{"a,b\n", {}, errc::truncated_file, "no record after"},
         row{"a,b\n1,x\n",
             {},
             errc::malformed_file,
             "line 2, column 3: column 'b': 'x' is not a number"},
         row{"a,b\n1,2\n3,\n",
             {},
             errc::malformed_file,
             "line 3, column 3: column 'b': the field is empty"},
         row{"a,b\n1,2\n3\n",
             {},
             errc::malformed_file,
             "line 3, column 1: the record has 1 fields; the first one has 2"},
         row{"a\n\"1\n", {}, errc::truncated_file, "line 2, column 1"},
         row{"a\n\"1\"2\n", {}, errc::malformed_file, "line 2, column 4"},
         row{"a\n1\"2\"\n", {}, errc::malformed_file, "line 2, column 2"},
         row{"a\n1e60\n", {}, errc::malformed_file, "out of range"},
         row{"a,k\n1,2\n1,x\n",
             {.predict = "k"},
             errc::malformed_file,
             "'x' is not a whole number"},
         row{"digit,b\n1,2\n",
             {.predict = "digits"},
             errc::unknown_name,
             "the nearest is 'digit'"},
         row{"a\n1\n", {.type = i32}, errc::invalid_attribute, "i32"},
         row{"a\n" + std::string((1 << 20) + 1, '1'),
             {},
             errc::unsupported_format,
             "1 MiB"},
         row{"a\n\"" + std::string((1 << 20) + 1, '1'),
             {},
             errc::unsupported_format,
             "1 MiB"},
       }) {
    auto y = parse(x.text, x.options);
    REQUIRE_FALSE(y);
    INFO(y.error().message);
    CHECK(y.error().code == x.code);
    CHECK_THAT(y.error().message, Catch::Contains(std::string{x.says}));
  }
}

TEST_CASE("CSV: files that cannot be read say so") {
  scratch_folder folder;
  auto none = read_csv(folder.path() / "none.csv");
  REQUIRE_FALSE(none);
  CHECK(none.error().code == errc::cannot_open);
  auto dir = read_csv(folder.path());
  REQUIRE_FALSE(dir);
  CHECK(dir.error().code == errc::cannot_open);
}

TEST_CASE("CSV: the digits in the repository are read") {
  auto x = unwrap(read_csv(MORPH_SOURCE_DIR "/data/optdigits/optdigits.csv",
                           {.predict = "digit"}));
  CHECK(x.x.shape() == shape{1797, 64});
  CHECK(x.y.shape() == shape{1797});
  for (auto v : x.x.span<float>())
    REQUIRE((v >= 0 && v <= 16));
  for (auto v : x.y.span<int64_t>())
    REQUIRE((v >= 0 && v <= 9));
}
