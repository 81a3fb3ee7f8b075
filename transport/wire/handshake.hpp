// The greeting between two links, and the proofs in it.
//
//   connecting side                      accepting side
//   hello     version, nonce a       ->
//                                    <-  challenge  nonce b
//   proof     HMAC(a, b, info), info ->
//                                    <-  welcome    HMAC(a, b, infos), info
//                                 or <-  refusal    code
//
// HMAC is HMAC-SHA256 under the shared key over a label of the side, both
// nonces and what the side says of itself, so that neither an old proof nor
// the other side's own proof is of use. `info` is parsed after its proof was
// checked.
//
// Thread-safety: plain values and pure functions.
#pragma once

#include <morph/graph/codec.hpp>
#include <morph/graph/error.hpp>
#include <morph/transport/blob.hpp>
#include <morph/transport/link.hpp>
#include <morph/transport/link/outbox.hpp>
#include <morph/transport/mailbox.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace morph {

inline constexpr uint32_t protocol_version = 1;

using nonce = std::array<std::byte, 32>;
using mac = std::array<std::byte, 32>;

struct hello {
  uint32_t version = protocol_version;
  nonce fresh{};
};

struct challenge {
  nonce fresh{};
};

struct proof {
  mac code{};
  blob info;
};

struct welcome {
  mac code{};
  blob info;
};

struct refusal {
  errc code = errc::authentication_failed;
};

template <byte_codec F>
bool inspect(F& f, hello& x) {
  return f(x.version, x.fresh);
}

template <byte_codec F>
bool inspect(F& f, challenge& x) {
  return f(x.fresh);
}

template <byte_codec F>
bool inspect(F& f, proof& x) {
  return f(x.code) && apply_blob(f, x.info);
}

template <byte_codec F>
bool inspect(F& f, welcome& x) {
  return f(x.code) && apply_blob(f, x.info);
}

template <byte_codec F>
bool inspect(F& f, refusal& x) {
  return f(x.code);
}

/// Unpredictable bytes; fails with MM0602 if the system has none.
result<nonce> make_nonce();

/// Both nonces of a greeting.
struct nonces {
  nonce connecting{};
  nonce accepting{};
};

/// What the connecting side proves with.
mac prove(std::string_view key, const nonces& n, const blob& info);

/// What the accepting side proves with.
mac prove_welcome(std::string_view key, const nonces& n, const blob& info,
                  const blob& own_info);

/// Takes equally long wherever the difference is.
bool equal(const mac& a, const mac& b) noexcept;

/// What a side says of itself.
struct introduction {
  peer_info self;
  peer_limits limits;
};

blob encode(const introduction& x);

/// Fails with MM0605.
result<introduction> decode_introduction(const blob& x);

} // namespace morph

namespace morph::compat {

template <>
inline constexpr bool travels_as_bytes<hello> = true;
template <>
inline constexpr bool travels_as_bytes<challenge> = true;
template <>
inline constexpr bool travels_as_bytes<proof> = true;
template <>
inline constexpr bool travels_as_bytes<welcome> = true;
template <>
inline constexpr bool travels_as_bytes<refusal> = true;

} // namespace morph::compat
