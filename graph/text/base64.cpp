#include <morph/graph/text/base64.hpp>

#include <algorithm>
#include <array>
#include <cstdint>

namespace morph {

namespace {

constexpr std::string_view digits
  = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

constexpr uint8_t no_digit = 64;

constexpr auto digit_values = [] {
  std::array<uint8_t, 256> out{};
  out.fill(no_digit);
  for (size_t i = 0; i < digits.size(); ++i)
    out[static_cast<uint8_t>(digits[i])] = static_cast<uint8_t>(i);
  return out;
}();

} // namespace

std::string to_base64(std::span<const std::byte> bytes) {
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (size_t i = 0; i < bytes.size(); i += 3) {
    uint32_t group = 0;
    for (size_t j = 0; j < 3; ++j)
      group = group << 8
              | (i + j < bytes.size() ? std::to_integer<uint32_t>(bytes[i + j])
                                      : 0);
    auto used = std::min<size_t>(bytes.size() - i, 3) + 1;
    for (size_t j = 0; j < 4; ++j)
      out += j < used ? digits[group >> (18 - 6 * j) & 63] : '=';
  }
  return out;
}

std::optional<std::vector<std::byte>> from_base64(std::string_view text) {
  if (text.size() % 4 != 0)
    return std::nullopt;
  size_t padding = 0;
  while (padding < 2 && padding < text.size()
         && text[text.size() - 1 - padding] == '=')
    ++padding;
  std::vector<std::byte> out;
  out.reserve(text.size() / 4 * 3);
  for (size_t i = 0; i < text.size(); i += 4) {
    auto used = i + 4 == text.size() ? 4 - padding : 4;
    uint32_t group = 0;
    for (size_t j = 0; j < 4; ++j) {
      auto value = j < used ? digit_values[static_cast<uint8_t>(text[i + j])]
                            : uint8_t{0};
      if (value == no_digit)
        return std::nullopt;
      group = group << 6 | value;
    }
    // Bits that belong to no byte must be 0.
    if ((used == 3 && (group & 0xff) != 0)
        || (used == 2 && (group & 0xffff) != 0))
      return std::nullopt;
    for (size_t j = 0; j + 1 < used; ++j)
      out.push_back(static_cast<std::byte>(group >> (16 - 8 * j) & 0xff));
  }
  return out;
}

} // namespace morph
