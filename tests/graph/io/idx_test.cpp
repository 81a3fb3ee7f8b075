#include "bytes.hpp"
#include "scratch_folder.hpp"

#include <morph/graph/io/idx.hpp>

#include <catch2/catch.hpp>

#include <bit>
#include <cmath>

using namespace morph;
using namespace std::string_literals;

namespace {

auto decode(std::string_view x) {
  return decode_idx(as_bytes(x), "x.idx");
}

} // namespace

TEST_CASE("IDX: elements of all types arrive in the machine's order") {
  auto bytes = unwrap(decode("\0\0\x08\2\0\0\0\2\0\0\0\3\1\2\3\4\5\xff"s));
  CHECK(bytes.bit_equal(tensor::of<uint8_t>({2, 3}, {1, 2, 3, 4, 5, 255})));
  auto i8 = unwrap(decode("\0\0\x09\1\0\0\0\2\xff\x7f"s));
  CHECK(i8.bit_equal(tensor::of<int32_t>({2}, {-1, 127})));
  auto i16 = unwrap(decode("\0\0\x0b\1\0\0\0\2\xff\xfe\1\0"s));
  CHECK(i16.bit_equal(tensor::of<int32_t>({2}, {-2, 256})));
  auto wide = unwrap(decode("\0\0\x0c\1\0\0\0\1\x80\0\0\1"s));
  CHECK(wide.bit_equal(tensor::of<int32_t>({1}, {-2147483647})));
  auto f = unwrap(decode("\0\0\x0d\1\0\0\0\2\x3f\x80\0\0\x7f\xc0\0\5"s));
  CHECK(f.data<float>()[0] == 1.0f);
  CHECK(std::bit_cast<uint32_t>(f.data<float>()[1]) == 0x7fc00005);
  auto d = unwrap(decode("\0\0\x0e\0\xbf\xf0\0\0\0\0\0\0"s));
  CHECK(d.bit_equal(tensor{-1.0}));
}

TEST_CASE("IDX: an empty tensor is a tensor") {
  auto x = unwrap(decode("\0\0\x08\2\0\0\0\0\0\0\0\3"s));
  CHECK(x.shape() == shape{0, 3});
}

TEST_CASE("IDX: each kind of bad input has its code and names the place") {
  struct row {
    std::string bytes;
    errc code;
    std::string_view says;
  };

  std::string huge
    = "\0\0\x08\3\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
      "\xff"s;
  for (auto& x : {
         row{"\x1f\x8b\x08\0", errc::unsupported_format, "compressed"},
         row{"PNG?", errc::malformed_file, "byte 0"},
         row{"\0\0\x0a\1\0\0\0\0"s, errc::malformed_file, "byte 2"},
         row{"\0\0\x08\xff"s, errc::unsupported_format, "byte 3"},
         row{huge, errc::truncated_file, "byte 16"},
         row{"\0\0\x08\1\0\0\0\1zz"s, errc::malformed_file, "byte 9"},
       }) {
    auto y = decode(x.bytes);
    REQUIRE_FALSE(y);
    CHECK(y.error().code == x.code);
    CHECK_THAT(y.error().message, Catch::Contains(std::string{x.says}));
    CHECK_THAT(y.error().message, Catch::StartsWith("x.idx"));
  }
}

TEST_CASE("IDX: truncated or altered bytes never get through unnoticed") {
  auto whole = "\0\0\x0b\2\0\0\0\2\0\0\0\2\0\1\0\2\0\3\0\4"s;
  auto read = [](auto bytes) { return decode_idx(bytes); };
  refuses_every_truncation(whole, read);
  survives_every_changed_byte(whole, read);
}

TEST_CASE("IDX: files are read like bytes") {
  scratch_folder folder;
  auto file = folder.write("x.idx", "\0\0\x08\1\0\0\0\2\7\x08"s);
  CHECK(unwrap(read_idx(file)).bit_equal(tensor::of<uint8_t>({2}, {7, 8})));
  auto none = read_idx(folder.path() / "none.idx");
  CHECK(none.error().code == errc::cannot_open);
  CHECK(read_idx(folder.path()).error().code == errc::cannot_open);
}
