// Feeds arbitrary batches to the incoming half of a link. The first byte says
// how many of the rest are the body; the others are frames, behind a header
// that is made up, since a wrong one would end the game at once.
#include <morph/transport/link/inbox.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace morph;
  if (size == 0)
    return 0;
  auto* bytes = reinterpret_cast<const std::byte*>(data) + 1;
  auto rest = size - 1;
  auto body_size = std::min<size_t>(data[0], rest);
  std::vector<std::byte> body(bytes, bytes + body_size);
  std::vector<std::byte> head(wire::batch_header::size);
  wire::put(head, {1, 0, 0});
  head.insert(head.end(), bytes + body_size, bytes + rest);
  link_options limits;
  limits.max_payload = 1 << 20;
  limits.max_incoming = 4 << 20;
  limits.cache_bytes = 1 << 20;
  inbox in{limits};
  std::vector<delivery> out;
  (void)in.accept(batch{blob{std::move(head)}, blob{std::move(body)}}, out);
  return 0;
}
