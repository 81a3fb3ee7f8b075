// Payloads for the tests of this layer.
#pragma once

#include <morph/graph/tensor.hpp>
#include <morph/graph/value.hpp>
#include <morph/transport/blob.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace morph::test {

inline std::vector<std::byte> bytes_of(std::string_view text) {
  auto* p = reinterpret_cast<const std::byte*>(text.data());
  return {p, p + text.size()};
}

inline std::string text_of(const blob& x) {
  return {reinterpret_cast<const char*>(x.data()), x.size()};
}

/// A user's type with a tensor inside.
struct reading {
  std::string sensor;
  tensor samples;
};

template <class F>
bool inspect(F& f, reading& x) {
  return f.object(x).fields(f.field("sensor", x.sensor),
                            f.field("samples", x.samples));
}

/// A value whose type refuses to travel.
struct stubborn {};

template <class F>
bool inspect(F&, stubborn&) {
  return false;
}

inline value untravelled() {
  return make_value<stubborn>();
}

/// Can be written, but not read again.
struct one_way_street {
  std::vector<double> content;

  friend bool inspect(byte_writer& f, one_way_street& x) {
    return f(x.content);
  }

  friend bool inspect(byte_reader&, one_way_street&) {
    return false;
  }
};

inline value one_way(size_t n) {
  return make_value<one_way_street>(
    one_way_street{std::vector<double>(n, 1.5)});
}

struct bomb {
  friend bool inspect(byte_writer& f, bomb&) {
    return f(uint64_t{1});
  }

  friend bool inspect(byte_reader&, bomb&) {
    throw std::runtime_error{"boom"};
  }
};

inline value explosive() {
  return make_value<bomb>();
}

/// Tensors that a careless wire would change, with names.
inline std::vector<std::pair<std::string, tensor>> delicate_tensors() {
  constexpr auto inf = std::numeric_limits<float>::infinity();
  constexpr auto inf64 = std::numeric_limits<double>::infinity();
  auto f = [](uint32_t bits) { return std::bit_cast<float>(bits); };
  auto d = [](uint64_t bits) { return std::bit_cast<double>(bits); };
  return {
    {"f32 specials",
     tensor::of<float>({8}, {inf, -inf, f(0x7fc12345), f(0xffa54321),
                             f(0x7f800001), -0.0f, f(1), f(0x807fffff)})},
    {"f64 specials",
     tensor::of<double>({2, 4}, {inf64, -inf64, d(0x7ff8000012345678),
                                 d(0xfff0000000000001), -0.0, d(1),
                                 d(0x800fffffffffffff), 1.5})},
    {"rank 0 NaN", tensor::scalar(f(0x7fc00bad))},
    {"rank 0 i64", tensor::scalar(std::numeric_limits<int64_t>::min())},
    {"empty", tensor::zeros(f32, {0})},
    {"empty of rank 3", tensor::zeros(f64, {2, 0, 5})},
    {"i32", tensor::of<int32_t>({3}, {-1, 0, 2147483647})},
    {"u8", tensor::of<uint8_t>({1, 3}, {0, 127, 255})},
    {"bool", tensor::of<bool>({2}, {true, false})},
  };
}

/// `n` f32 elements of every bit pattern, with all specials among them.
inline tensor all_patterns(int64_t n) {
  auto out = tensor::uninitialised(f32, {n});
  auto* p = out.mutable_bytes();
  for (int64_t i = 0; i < n; ++i) {
    auto bits = static_cast<uint32_t>(i) * 2654435761u;
    std::memcpy(p + i * 4, &bits, 4);
  }
  return out;
}

} // namespace morph::test
