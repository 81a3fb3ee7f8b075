#include "bytes.hpp"
#include "scratch_folder.hpp"

#include <morph/graph/io/npy.hpp>

#include <catch2/catch.hpp>

#include <bit>
#include <limits>

using namespace morph;
using namespace std::string_literals;

namespace {

std::string file_of(std::string head, std::string_view elements,
                    int version = 1) {
  head += '\n';
  std::string out = "\x93NUMPY";
  out += static_cast<char>(version);
  out += '\0';
  out += static_cast<char>(head.size() & 0xff);
  out += static_cast<char>(head.size() >> 8);
  if (version > 1)
    out += "\0\0"s;
  return out + head + std::string{elements};
}

auto decode(std::string_view x) {
  return decode_npy(as_bytes(x), "x.npy");
}

tensor round_trip(const tensor& x) {
  scratch_folder folder;
  auto file = folder.path() / "x.npy";
  REQUIRE(write_npy(file, x));
  return unwrap(read_npy(file));
}

} // namespace

TEST_CASE("NPY: what numpy.save writes is read") {
  auto head = "{'descr': '<i4', 'fortran_order': False, 'shape': (2, 1), }"s;
  auto elements = "\1\0\0\0\xff\xff\xff\xff"s;
  for (auto version : {1, 2, 3}) {
    auto x = unwrap(decode(file_of(head, elements, version)));
    CHECK(x.bit_equal(tensor::of<int32_t>({2, 1}, {1, -1})));
  }
}

TEST_CASE("NPY: written tensors come back bit for bit") {
  auto nan = std::bit_cast<float>(0xffc01234u);
  auto tiny = std::numeric_limits<float>::denorm_min();
  for (auto& x : {
         tensor::of<float>({2, 2}, {nan, -0.0f, tiny, 1.5f}),
         tensor::scalar(int64_t{-7}),
         tensor::of<bool>({3}, {true, false, true}),
         tensor::of<uint8_t>({1, 1, 2}, {0, 255}),
         tensor::zeros(f64, {0, 3}),
         tensor::of<int32_t>({1}, {42}),
       })
    CHECK(round_trip(x).bit_equal(x));
}

TEST_CASE("NPY: the head is padded so that elements are aligned") {
  for (auto& s : {shape{}, shape{1}, shape{1000000, 3, 4}}) {
    auto head = npy_head(f32, s);
    CHECK(head.size() % 64 == 0);
    CHECK(head.back() == '\n');
  }
  CHECK_THAT(npy_head(f32, {5}), Catch::Contains("(5,)"));
  CHECK_THAT(npy_head(f32, {}), Catch::Contains("()"));
}

TEST_CASE("NPY: each kind of bad input has its code and names the place") {
  struct row {
    std::string bytes;
    errc code;
    std::string_view says;
  };

  auto with = [](std::string_view head, std::string_view elements = "") {
    return file_of(std::string{head}, elements);
  };
  for (auto& x : {
         row{"PK\3\4....", errc::malformed_file, "byte 0"},
         row{"\x93NUMPY\x09\0"s, errc::unsupported_format, "byte 6"},
         row{with("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 2)}",
                  std::string(16, '\0')),
             errc::unsupported_format, "Fortran"},
         row{with("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}",
                  "\0\0\0\0"s),
             errc::unsupported_format, "big-endian"},
         row{with("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}"),
             errc::unsupported_format, "<c8"},
         row{with("{'descr': [('a', '<f4')], 'fortran_order': False}"),
             errc::unsupported_format, "named fields"},
         row{with("{'descr': '<f4', 'shape': (1,)}"), errc::malformed_file,
             "fortran_order"},
         row{with("{'descr': '<f4', 'descr': '<f4'}"), errc::malformed_file,
             "twice"},
         row{with("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"),
             errc::malformed_file, "extent"},
         row{with("{'descr': '<f4', 'fortran_order': False, 'shape': "
                  "(4611686018427387904, 4611686018427387904, 4)}"),
             errc::truncated_file, "do not fit"},
         row{with("{'descr': '<f4', 'fortran_order': False, 'shape': "
                  "(4611686018427387904, 4611686018427387904, 0)}"),
             errc::truncated_file, "do not fit"},
         row{with("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}",
                  "\1\2"),
             errc::malformed_file, "bool"},
         row{with("{'descr': '<f4', 'fortran_order': False, 'shape': ()}",
                  "12345"),
             errc::malformed_file, "goes on"},
         row{with("{'descr': '<f4', 'fortran_order': False, 'shape': "
                  "(1,1,1,1,1,1,1,1,1)}"),
             errc::unsupported_format, "8 axes"},
       }) {
    auto y = decode(x.bytes);
    REQUIRE_FALSE(y);
    INFO(y.error().message);
    CHECK(y.error().code == x.code);
    CHECK_THAT(y.error().message, Catch::Contains(std::string{x.says}));
    CHECK_THAT(y.error().message, Catch::StartsWith("x.npy, byte"));
  }
}

TEST_CASE("NPY: truncated or altered bytes never get through unnoticed") {
  auto whole
    = file_of("{'descr': '<f8', 'fortran_order': False, 'shape': (2,), }",
              std::string(16, '\x40'));
  auto read = [](auto bytes) { return decode_npy(bytes); };
  refuses_every_truncation(whole, read);
  survives_every_changed_byte(whole, read);
}

TEST_CASE("NPY: a folder that does not exist cannot be written to") {
  scratch_folder folder;
  auto ok = write_npy(folder.path() / "none" / "x.npy", tensor{1.0});
  REQUIRE_FALSE(ok);
  CHECK(ok.error().code == errc::write_failed);
}
