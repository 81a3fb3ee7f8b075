#include "bytes.hpp"
#include "scratch_folder.hpp"

#include <morph/graph/io/safetensors.hpp>

#include <catch2/catch.hpp>

#include <bit>
#include <limits>

using namespace morph;
using namespace std::string_literals;

namespace {

std::string file_of(std::string head, std::string_view elements) {
  auto n = head.size();
  std::string out;
  for (int i = 0; i < 8; ++i)
    out += static_cast<char>(n >> (8 * i) & 0xff);
  return out + head + std::string{elements};
}

auto decode(std::string_view x) {
  return decode_safetensors(as_bytes(x), "x.safetensors");
}

tensor_file sample() {
  tensor_file x;
  x.tensors["w"] = tensor::of<float>(
    {2, 2}, {std::bit_cast<float>(0x7fc0beefu), -0.0f,
             std::numeric_limits<float>::denorm_min(), -1.5f});
  x.tensors["a/flag"] = tensor::of<bool>({3}, {true, false, true});
  x.tensors["steps"] = tensor::scalar(int64_t{812});
  x.tensors["empty"] = tensor::zeros(f64, {0, 4});
  x.tensors["bytes"] = tensor::of<uint8_t>({1}, {255});
  x.tensors["small"] = tensor::of<int32_t>({1, 1}, {-3});
  x.metadata["note"] = "\"quoted\" \xc3\xa4\n";
  return x;
}

void check_equal(const tensor_file& x, const tensor_file& y) {
  CHECK(x.metadata == y.metadata);
  REQUIRE(x.tensors.size() == y.tensors.size());
  for (auto& [name, t] : x.tensors) {
    INFO(name);
    REQUIRE(y.tensors.contains(name));
    CHECK(t.bit_equal(y.tensors.at(name)));
  }
}

} // namespace

TEST_CASE("safetensors: what was written comes back bit for bit") {
  scratch_folder folder;
  auto file = folder.path() / "x.safetensors";
  for (auto& x : {sample(), tensor_file{}}) {
    REQUIRE(write_safetensors(file, x));
    check_equal(x, unwrap(read_safetensors(file)));
  }
}

TEST_CASE("safetensors: equal content gives equal, aligned bytes") {
  scratch_folder folder;
  auto a = folder.path() / "a";
  auto b = folder.path() / "b";
  REQUIRE(write_safetensors(a, sample()));
  REQUIRE(write_safetensors(b, sample()));
  auto bytes = scratch_folder::read(a);
  CHECK(bytes == scratch_folder::read(b));
  auto head
    = static_cast<uint8_t>(bytes[0]) + 256 * static_cast<uint8_t>(bytes[1]);
  CHECK(head % 8 == 0);
  CHECK_THAT(bytes, Catch::Contains("{\"__metadata__\":{\"note\":"));
  // Eight-byte elements first, so each tensor lies at a multiple of its
  // elements' size.
  CHECK_THAT(bytes, Catch::Contains("\"steps\":{\"dtype\":\"I64\",\"shape\":[],"
                                    "\"data_offsets\":[0,8]}"));
  CHECK_THAT(bytes, Catch::Contains("\"data_offsets\":[8,12]"));
}

TEST_CASE("safetensors: files of other writers are read") {
  // Offsets in another order than names, blanks around the head.
  auto x = unwrap(decode(file_of(
    "{\"b\": {\"data_offsets\": [0, 4], \"dtype\": \"F32\", \"shape\": [1]},\n"
    " \"a\": {\"dtype\": \"U8\", \"shape\": [2], \"data_offsets\": [4, 6]}}   ",
    "\0\0\x80\x3f\7\x08"s)));
  CHECK(x.tensors.at("b").bit_equal(tensor::of<float>({1}, {1})));
  CHECK(x.tensors.at("a").bit_equal(tensor::of<uint8_t>({2}, {7, 8})));
}

TEST_CASE("safetensors: each kind of bad input has its code and place") {
  struct row {
    std::string bytes;
    errc code;
    std::string_view says;
  };

  auto one = [](std::string_view fields, std::string_view elements = "1234") {
    return file_of("{\"w\":{" + std::string{fields} + "}}", elements);
  };
  for (auto& x : {
         row{"\xff\xff\xff\xff\xff\xff\xff\x7f{}", errc::malformed_file,
             "100 MB"},
         row{"\x40\0\0\0\0\0\0\0{}"s, errc::truncated_file, "head"},
         row{file_of("[]", ""), errc::malformed_file, "byte 8"},
         row{file_of("", ""), errc::malformed_file, "byte 8"},
         row{file_of("{", ""), errc::malformed_file, "JSON"},
         row{file_of("{}x", ""), errc::malformed_file, "JSON"},
         row{file_of("{\"\xff\":1}", ""), errc::malformed_file, "JSON"},
         row{file_of("{\"w\":1}", ""), errc::malformed_file, "a number"},
         row{file_of("{\"__metadata__\":{\"a\":1}}", ""), errc::malformed_file,
             "a number"},
         row{file_of("{\"__metadata__\":{\"a\":\"1\",\"a\":\"2\"}}", ""),
             errc::malformed_file, "twice"},
         row{one("\"dtype\":\"F32\""), errc::malformed_file, "needs"},
         row{one("\"dtype\":\"F32\",\"dtype\":\"F32\""), errc::malformed_file,
             "twice"},
         row{one("\"color\":\"F32\""), errc::malformed_file, "unknown"},
         row{one("\"dtype\":\"BF16\""), errc::unsupported_format, "BF16"},
         row{one("\"shape\":[1,1,1,1,1,1,1,1,1]"), errc::unsupported_format,
             "8 axes"},
         row{one("\"shape\":[-1]"), errc::malformed_file, "negative"},
         row{one("\"shape\":[[1]]"), errc::malformed_file, "a list"},
         row{one("\"shape\":[1.5]"), errc::malformed_file, "fraction"},
         row{one("\"data_offsets\":[0]"), errc::malformed_file, "two"},
         row{one("\"data_offsets\":[0,4,4]"), errc::malformed_file, "third"},
         row{one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[4,0]"),
             errc::malformed_file, "before it begins"},
         row{one("\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[1,5]"),
             errc::truncated_file, "ends at byte 5"},
         row{one("\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[1,4]"),
             errc::malformed_file, "gap"},
         row{one("\"dtype\":\"U8\",\"shape\":[3],\"data_offsets\":[0,3]"),
             errc::malformed_file, "no tensor"},
         row{one("\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,4]"),
             errc::malformed_file, "do not fit"},
         row{one("\"dtype\":\"F32\",\"shape\":[4611686018427387904,4,0],"
                 "\"data_offsets\":[0,0]"),
             errc::malformed_file, "do not fit"},
         row{one("\"dtype\":\"BOOL\",\"shape\":[4],\"data_offsets\":[0,4]"),
             errc::malformed_file, "bool"},
         row{file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[3],"
                     "\"data_offsets\":[0,3]},"
                     "\"b\":{\"dtype\":\"U8\",\"shape\":[2],"
                     "\"data_offsets\":[2,4]}}",
                     "1234"),
             errc::malformed_file, "overlaps"},
         row{file_of("{\"a\":{\"dtype\":\"U8\",\"shape\":[0],"
                     "\"data_offsets\":[0,0]},"
                     "\"a\":{\"dtype\":\"U8\",\"shape\":[0],"
                     "\"data_offsets\":[0,0]}}",
                     ""),
             errc::malformed_file, "twice"},
       }) {
    auto y = decode(x.bytes);
    INFO(x.bytes);
    REQUIRE_FALSE(y);
    INFO(y.error().message);
    CHECK(y.error().code == x.code);
    CHECK_THAT(y.error().message, Catch::Contains(std::string{x.says}));
    CHECK_THAT(y.error().message, Catch::StartsWith("x.safetensors, byte"));
  }
}

TEST_CASE("safetensors: deep nesting costs no stack") {
  auto deep = "{\"a\":" + std::string(1 << 20, '[') + "}";
  CHECK_FALSE(decode(file_of(deep, "")));
}

TEST_CASE("safetensors: truncated or altered bytes never get through") {
  scratch_folder folder;
  auto file = folder.path() / "x";
  REQUIRE(write_safetensors(file, sample()));
  auto read = [](auto bytes) { return decode_safetensors(bytes); };
  auto whole = scratch_folder::read(file);
  refuses_every_truncation(whole, read);
  survives_every_changed_byte(whole, read);
}

TEST_CASE("safetensors: a failed save keeps the old file and leaves no other") {
  scratch_folder folder;
  auto file = folder.path() / "x.safetensors";
  REQUIRE(write_safetensors(file, sample()));
  auto before = scratch_folder::read(file);
  SECTION("a name that is not UTF-8") {
    auto bad = sample();
    bad.tensors["\xff"] = tensor{1.0};
    auto ok = write_safetensors(file, bad);
    REQUIRE_FALSE(ok);
    CHECK(ok.error().code == errc::write_failed);
  }
  SECTION("the name that the format keeps for itself") {
    auto bad = sample();
    bad.tensors["__metadata__"] = tensor{1.0};
    CHECK(write_safetensors(file, bad).error().code == errc::write_failed);
  }
  CHECK(scratch_folder::read(file) == before);
  CHECK(folder.count() == 1);
}
