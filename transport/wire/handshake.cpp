#include <morph/transport/wire/handshake.hpp>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>

namespace morph {

namespace {

/// What a peer may tell of itself.
constexpr size_t max_info = 1u << 18;

mac sign(std::string_view key, std::string_view label, const nonces& n,
         std::initializer_list<const blob*> infos) {
  byte_writer f;
  f(std::string{label}, protocol_version, n.connecting, n.accepting);
  for (auto* x : infos)
    apply_blob(f, *x);
  auto text = f.take();
  mac out{};
  unsigned int size = 0;
  HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(),
       reinterpret_cast<unsigned char*>(out.data()), &size);
  return out;
}

template <class F, class T>
bool inspect_introduction(F& f, T& x) {
  return f(x.self.name, x.self.process, x.self.workers, x.self.address,
           x.self.node_types, x.self.store, x.limits.cache_bytes,
           x.limits.max_payload);
}

} // namespace

result<nonce> make_nonce() {
  nonce out{};
  if (RAND_bytes(reinterpret_cast<unsigned char*>(out.data()),
                 static_cast<int>(out.size()))
      != 1)
    return fail(errc::authentication_failed,
                "the system has no random numbers");
  return out;
}

mac prove(std::string_view key, const nonces& n, const blob& info) {
  return sign(key, "metalmorphosis connecting", n, {&info});
}

mac prove_welcome(std::string_view key, const nonces& n, const blob& info,
                  const blob& own_info) {
  return sign(key, "metalmorphosis accepting", n, {&info, &own_info});
}

bool equal(const mac& a, const mac& b) noexcept {
  return CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

blob encode(const introduction& x) {
  byte_writer f;
  inspect_introduction(f, x);
  return blob{f.take()};
}

result<introduction> decode_introduction(const blob& x) {
  introduction out;
  byte_reader f{x.bytes()};
  if (x.size() > max_info || !inspect_introduction(f, out) || f.remaining() > 0)
    return fail(errc::protocol_violation,
                "a peer's introduction cannot be read");
  return out;
}

} // namespace morph
