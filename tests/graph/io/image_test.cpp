#include "bytes.hpp"
#include "scratch_folder.hpp"

#include <morph/graph/io/image.hpp>

#include <catch2/catch.hpp>

#include <algorithm>

using namespace morph;
using namespace std::string_literals;

namespace {

tensor pattern(int64_t channels) {
  auto x = tensor::uninitialised(u8, {5, 7, channels});
  auto* p = x.mutable_data<uint8_t>();
  for (int64_t i = 0; i < x.elements(); ++i)
    p[i] = static_cast<uint8_t>(i * 37 + 11);
  return x;
}

auto decode(std::string_view x) {
  return decode_image(as_bytes(x), "x.ppm");
}

} // namespace

TEST_CASE("images: what was written comes back, sample for sample") {
  scratch_folder folder;
  for (auto& [name, channels] : {std::pair{"a.png", 1},
                                 {"b.png", 2},
                                 {"c.png", 3},
                                 {"d.PNG", 4},
                                 {"e.pgm", 1},
                                 {"f.ppm", 3}}) {
    auto file = folder.path() / name;
    auto x = pattern(channels);
    REQUIRE(write_image(file, x));
    CHECK(unwrap(read_image(file)).bit_equal(x));
  }
}

TEST_CASE("images: PNM heads may hold comments, samples are stretched") {
  auto x = unwrap(decode("P5 # grey\n2\n# size\n1 3\n\0\2"s));
  CHECK(x.bit_equal(tensor::of<uint8_t>({1, 2, 1}, {0, 170})));
  auto rgb = unwrap(decode("P6 1 1 255\nabc"));
  CHECK(rgb.bit_equal(tensor::of<uint8_t>({1, 1, 3}, {'a', 'b', 'c'})));
}

TEST_CASE("images: each kind of bad input has its code") {
  struct row {
    std::string bytes;
    errc code;
  };

  for (auto& x : {
         row{"", errc::unsupported_format},
         row{"GIF89a", errc::unsupported_format},
         row{"P6 1 1 255\nab", errc::truncated_file},
         row{"P6 1 1 255\nabcd", errc::malformed_file},
         row{"P6 999999999 999999999 255\nabc", errc::truncated_file},
         row{"P6 9999999999 1 255\nabc", errc::malformed_file},
         row{"P5 0 1 255\n", errc::malformed_file},
         row{"P5 1 1 0\na", errc::malformed_file},
         row{"P5 1 1 65535\nab", errc::unsupported_format},
         row{"P5 1 x 255\na", errc::malformed_file},
         row{"P5 1 1 # endless", errc::truncated_file},
         row{"\x89PNG\r\n\x1a\n", errc::malformed_file},
       }) {
    auto y = decode(x.bytes);
    INFO(x.bytes);
    REQUIRE_FALSE(y);
    INFO(y.error().message);
    CHECK(y.error().code == x.code);
    CHECK_THAT(y.error().message, Catch::StartsWith("x.ppm"));
  }
}

TEST_CASE("images: truncated or altered bytes are refused or survived") {
  auto read = [](auto bytes) { return decode_image(bytes); };
  refuses_every_truncation("P6 2 1 255\nabcdef", read);
  survives_every_changed_byte("P6 2 1 255\nabcdef", read);
  scratch_folder folder;
  auto file = folder.path() / "x.png";
  REQUIRE(write_image(file, pattern(3)));
  auto png = scratch_folder::read(file);
  // The last 12 bytes, an empty end mark, add nothing to the image.
  refuses_every_truncation(png.substr(0, png.size() - 12), read);
  survives_every_changed_byte(png, read);
}

TEST_CASE("images: what is no image is not written") {
  scratch_folder folder;
  auto write = [&](const char* name, const tensor& x) {
    auto ok = write_image(folder.path() / name, x);
    REQUIRE_FALSE(ok);
    return ok.error().code;
  };
  CHECK(write("a.png", tensor::zeros(f32, {2, 2, 1})) == errc::dtype_mismatch);
  CHECK(write("a.png", tensor{}) == errc::dtype_mismatch);
  CHECK(write("a.png", tensor::zeros(u8, {2, 2})) == errc::shape_mismatch);
  CHECK(write("a.png", tensor::zeros(u8, {2, 2, 5})) == errc::shape_mismatch);
  CHECK(write("a.png", tensor::zeros(u8, {0, 2, 1})) == errc::shape_mismatch);
  CHECK(write("a.ppm", tensor::zeros(u8, {2, 2, 1}))
        == errc::unsupported_format);
  CHECK(write("a.jpg", tensor::zeros(u8, {2, 2, 3}))
        == errc::unsupported_format);
  CHECK(write("none/a.png", pattern(3)) == errc::write_failed);
  CHECK(folder.count() == 0);
}
