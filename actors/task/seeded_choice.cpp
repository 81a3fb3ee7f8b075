#include <morph/actors/task/seeded_choice.hpp>
#include <morph/graph/random.hpp>

namespace morph {

size_t seeded_choice::pick(size_t n) noexcept {
  auto i = drawn_++;
  auto words = philox(seed_, {static_cast<uint32_t>(i),
                              static_cast<uint32_t>(i >> 32), 0, 0});
  // The bias is below n / 2^32.
  auto out = static_cast<size_t>(uint64_t{words[0]} * n >> 32);
  note(out);
  return out;
}

void seeded_choice::note(uint64_t x) noexcept {
  // The step of FNV, on words.
  fingerprint_ = (fingerprint_ ^ x ^ 0x9e3779b97f4a7c15u) * 0x100000001b3u;
}

} // namespace morph
