#include <morph/graph/random.hpp>

#include <cmath>
#include <numbers>

namespace morph {

namespace {

/// The random words for block number `block`.
std::array<uint32_t, 4> words(uint64_t seed, uint64_t stream, uint64_t block) {
  return philox(
    seed, {static_cast<uint32_t>(block), static_cast<uint32_t>(block >> 32),
           static_cast<uint32_t>(stream), static_cast<uint32_t>(stream >> 32)});
}

double unit_from_two(uint32_t high, uint32_t low) {
  auto bits = (uint64_t{high} << 32 | low) >> 11;
  return static_cast<double>(bits) * 0x1p-53;
}

/// Fills a tensor with N numbers from each block of words.
template <class T, size_t N, class Make>
void fill_blocks(tensor& out, uint64_t seed, uint64_t stream, Make make) {
  auto* z = out.mutable_data<T>();
  auto n = static_cast<uint64_t>(out.elements());
  for (uint64_t i = 0; i < n; i += N) {
    std::array<T, N> numbers = make(words(seed, stream, i / N));
    for (uint64_t k = 0; k < N && i + k < n; ++k)
      z[i + k] = numbers[k];
  }
}

// FNV-1a of G. Fowler, L. C. Noll and P. Vo, 64 bits.
uint64_t hash(std::string_view text) {
  uint64_t h = 0xcbf29ce484222325u;
  for (auto c : text) {
    h ^= static_cast<uint8_t>(c);
    h *= 0x100000001b3u;
  }
  return h;
}

} // namespace

std::array<uint32_t, 4> philox(uint64_t key,
                               std::array<uint32_t, 4> x) noexcept {
  auto k0 = static_cast<uint32_t>(key);
  auto k1 = static_cast<uint32_t>(key >> 32);
  for (int round = 0; round < 10; ++round) {
    auto p = uint64_t{0xD2511F53} * x[0];
    auto q = uint64_t{0xCD9E8D57} * x[2];
    x = {static_cast<uint32_t>(q >> 32) ^ x[1] ^ k0, static_cast<uint32_t>(q),
         static_cast<uint32_t>(p >> 32) ^ x[3] ^ k1, static_cast<uint32_t>(p)};
    k0 += 0x9E3779B9;
    k1 += 0xBB67AE85;
  }
  return x;
}

tensor random_uniform(dtype t, const shape& s, uint64_t seed, uint64_t stream) {
  auto out = tensor::uninitialised(t, s);
  if (t == f32)
    fill_blocks<float, 4>(out, seed, stream, [](auto w) {
      std::array<float, 4> u;
      for (size_t k = 0; k < 4; ++k)
        u[k] = static_cast<float>(w[k] >> 8) * 0x1p-24f;
      return u;
    });
  else
    fill_blocks<double, 2>(out, seed, stream, [](auto w) {
      return std::array{unit_from_two(w[0], w[1]), unit_from_two(w[2], w[3])};
    });
  return out;
}

tensor random_normal(dtype t, const shape& s, uint64_t seed, uint64_t stream) {
  auto out = tensor::uninitialised(t, s);
  auto pair = [](auto w) {
    // 1 - u lies in (0, 1], where the logarithm is finite.
    auto radius = std::sqrt(-2 * std::log(1 - unit_from_two(w[0], w[1])));
    auto angle = 2 * std::numbers::pi * unit_from_two(w[2], w[3]);
    return std::array{radius * std::cos(angle), radius * std::sin(angle)};
  };
  if (t == f32)
    fill_blocks<float, 2>(out, seed, stream, [&](auto w) {
      auto x = pair(w);
      return std::array{static_cast<float>(x[0]), static_cast<float>(x[1])};
    });
  else
    fill_blocks<double, 2>(out, seed, stream, pair);
  return out;
}

tensor glorot_uniform(dtype t, const shape& s, int64_t fan_in, int64_t fan_out,
                      std::string_view name, uint64_t seed) {
  auto out = random_uniform(t, s, seed, hash(name));
  auto bound = std::sqrt(6.0 / static_cast<double>(fan_in + fan_out));
  auto scale = [&](auto* x) {
    for (int64_t i = 0, n = out.elements(); i < n; ++i)
      x[i] = static_cast<std::remove_reference_t<decltype(*x)>>(
        (2 * static_cast<double>(x[i]) - 1) * bound);
  };
  if (t == f32)
    scale(out.mutable_data<float>());
  else
    scale(out.mutable_data<double>());
  return out;
}

} // namespace morph
