// Feeds arbitrary bytes to what is parsed of a peer while hosts meet.
#include <morph/transport/wire/handshake.hpp>

#include <cstddef>
#include <cstdint>

namespace {

template <class T>
void read(std::span<const std::byte> bytes) {
  T x;
  morph::byte_reader f{bytes};
  (void)inspect(f, x);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace morph;
  std::span<const std::byte> bytes{reinterpret_cast<const std::byte*>(data),
                                   size};
  read<hello>(bytes);
  read<challenge>(bytes);
  read<proof>(bytes);
  read<welcome>(bytes);
  read<refusal>(bytes);
  (void)decode_introduction(
    blob{std::vector<std::byte>(bytes.begin(), bytes.end())});
  return 0;
}
