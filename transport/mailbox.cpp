#include <morph/transport/mailbox.hpp>

namespace morph {

control_reply refuse(uint64_t request, const error& what) {
  byte_writer f;
  apply_error(f, what);
  return {request, false, blob{f.take()}};
}

error error_of(const control_reply& x) {
  byte_reader f{x.body.bytes()};
  error out;
  if (!apply_error(f, out))
    return {errc::protocol_violation, "the peer's error cannot be read"};
  return out;
}

bool apply_value(byte_writer& f, const value& x) {
  return encode_value(x, f).has_value();
}

bool apply_value(byte_reader& f, value& x) {
  // A user's inspector may leave the reader anywhere.
  auto g = f;
  auto y = decode_value(g);
  if (y) {
    f = g;
    x = std::move(*y);
    return true;
  }
  if (y.error().code != errc::not_serialisable)
    return f.reject();
  f.view(f.remaining());
  x = make_value<undecodable>(std::move(y.error()));
  return true;
}

bool apply_blob(byte_writer& f, const blob& x) {
  f.apply(static_cast<uint64_t>(x.size()));
  f.raw(x.data(), x.size());
  return true;
}

bool apply_blob(byte_reader& f, blob& x) {
  uint64_t n = 0;
  if (!f.length(n, 1))
    return false;
  auto bytes = f.view(n);
  x = blob{std::vector<std::byte>(bytes->begin(), bytes->end())};
  return true;
}

bool apply_error(byte_writer& f, const error& x) {
  return f(x.code, x.message, x.node, x.where.file, x.where.line, x.fix);
}

bool apply_error(byte_reader& f, error& x) {
  return f(x.code, x.message, x.node, x.where.file, x.where.line, x.fix);
}

} // namespace morph
