// Bytes from literals, and what every reader of bytes must withstand.
#pragma once

#include <catch2/catch.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

inline std::span<const std::byte> as_bytes(std::string_view x) {
  return std::as_bytes(std::span{x.data(), x.size()});
}

/// Each proper beginning of `whole` must be refused with an error that has a
/// code and a message.
template <class Decode>
void refuses_every_truncation(const std::string& whole, Decode decode) {
  for (size_t n = 0; n < whole.size(); ++n) {
    auto x = decode(as_bytes(std::string_view{whole}.substr(0, n)));
    INFO("first " << n << " of " << whole.size() << " bytes");
    REQUIRE_FALSE(x);
    REQUIRE_FALSE(x.error().message.empty());
  }
}

/// With any one byte changed the reader may accept or refuse, but must return.
template <class Decode>
void survives_every_changed_byte(const std::string& whole, Decode decode) {
  for (size_t i = 0; i < whole.size(); ++i)
    for (auto change : {0x01, 0x80, 0xff}) {
      auto text = whole;
      text[i] = static_cast<char>(text[i] ^ change);
      auto x = decode(as_bytes(text));
      if (!x)
        REQUIRE_FALSE(x.error().message.empty());
    }
}
