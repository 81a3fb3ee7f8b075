// Whatever a peer sends, a link takes it or refuses it, within its limits. Each
// input is a series of batches: two lengths, of two bytes and of one, head,
// body.
#include <morph/transport/link/inbox.hpp>

#include <fuzz/input.hpp>

#include <algorithm>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace morph;
  link_options options;
  options.max_payload = 1 << 16;
  options.max_incoming = 1 << 18;
  options.cache_bytes = 1 << 16;
  inbox box{options};
  auto rest = fuzz::as_bytes(data, size);
  auto take = [&rest](size_t n) {
    n = std::min(n, rest.size());
    std::vector<std::byte> out(rest.begin(), rest.begin() + n);
    rest = rest.subspan(n);
    return blob{std::move(out)};
  };
  std::vector<delivery> out;
  for (uint32_t sequence = 1; rest.size() >= 3; ++sequence) {
    auto head_size
      = static_cast<size_t>(rest[0]) * 256 + static_cast<size_t>(rest[1]);
    auto body_size = static_cast<size_t>(rest[2]);
    rest = rest.subspan(3);
    // The number of a batch is not worth guessing.
    std::vector<std::byte> head(wire::batch_header::size);
    wire::put(head, wire::batch_header{sequence, 0, 0});
    auto frames = take(head_size);
    head.insert(head.end(), frames.bytes().begin(), frames.bytes().end());
    out.clear();
    if (!box.accept({blob{std::move(head)}, take(body_size)}, out))
      break;
  }
  return 0;
}
