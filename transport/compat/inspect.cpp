#include <morph/transport/compat/inspect.hpp>

#include <algorithm>

namespace morph::compat {

namespace {

/// What a length that lies can cost at most.
constexpr size_t piece = 1u << 20;

} // namespace

caf::error save_bytes(caf::serializer& f, std::span<const std::byte> bytes) {
  uint64_t n = bytes.size();
  if (n > max_message_bytes)
    return caf::sec::invalid_argument;
  if (auto err = f.apply(n))
    return err;
  // A serializer only reads, whatever its signature says.
  return n == 0 ? caf::error{}
                : f.apply_raw(n, const_cast<std::byte*>(bytes.data()));
}

caf::error load_bytes(caf::deserializer& f, std::vector<std::byte>& bytes) {
  uint64_t n = 0;
  if (auto err = f.apply(n))
    return err;
  if (n > max_message_bytes)
    return caf::sec::invalid_argument;
  bytes.clear();
  while (bytes.size() < n) {
    auto have = bytes.size();
    auto more = std::min<uint64_t>(n - have, piece);
    bytes.resize(have + more);
    if (auto err = f.apply_raw(more, bytes.data() + have))
      return err;
  }
  return caf::none;
}

} // namespace morph::compat
