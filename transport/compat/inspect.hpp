// Inspection by CAF of types that have an encoding of their own.
//
// A type with `inspect(byte_writer&, T&)` and `inspect(byte_reader&, T&)` opts
// in with `travels_as_bytes<T>`; CAF then moves it as a length and raw bytes.
// A length is trusted piece by piece only: a lie costs at most one piece.
#pragma once

#include <morph/graph/codec.hpp>

#include <caf/deserializer.hpp>
#include <caf/error.hpp>
#include <caf/sec.hpp>
#include <caf/serializer.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace morph::compat {

/// Opt-in; specialise for own messages.
template <class T>
inline constexpr bool travels_as_bytes = false;

/// Bytes that one message may have.
inline constexpr uint64_t max_message_bytes = uint64_t{1} << 32;

caf::error save_bytes(caf::serializer& f, std::span<const std::byte> bytes);
caf::error load_bytes(caf::deserializer& f, std::vector<std::byte>& bytes);

} // namespace morph::compat

namespace morph {

template <class T>

  requires compat::travels_as_bytes<T> caf::error inspect(caf::serializer& f,
                                                          T& x) {
    byte_writer out;
    if (!inspect(out, x))
      return caf::sec::invalid_argument;
    return compat::save_bytes(f, out.bytes());
  }

template <class T>

  requires compat::travels_as_bytes<T> caf::error inspect(caf::deserializer& f,
                                                          T& x) {
    std::vector<std::byte> bytes;
    if (auto err = compat::load_bytes(f, bytes))
      return err;
    byte_reader in{bytes};
    if (!inspect(in, x) || in.remaining() > 0)
      return caf::sec::invalid_argument;
    return caf::none;
  }

/// CAF wants to print messages; payloads stay out of logs.
template <class T>

  requires compat::travels_as_bytes<T> std::string to_string(const T&) {
    return "<bytes>";
  }

} // namespace morph
