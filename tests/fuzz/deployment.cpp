// What a driver asks of a host: any bytes are a deployment that can be wired,
// or the body of another request, or an error. The first byte says which.
#include <morph/actors/host/verbs.hpp>
#include <morph/actors/machine/stand_in.hpp>
#include <morph/actors/machine/wiring.hpp>

#include <fuzz/input.hpp>

namespace {

using namespace morph;

template <class T>
void read(std::span<const std::byte> bytes) {
  T x;
  (void)unpack(blob{bytes, nullptr}, x);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  // User nodes of other hosts come as such.
  static const auto once = (stand_in::register_type(), true);
  if (size == 0 || !once)
    return 0;
  auto bytes = fuzz::as_bytes(data + 1, size - 1);
  switch (data[0]) {
    case 0: {
      byte_reader in{bytes};
      if (auto x = decode_deployment(in))
        wiring{*x};
      break;
    }
    case 1:
      read<rewire_body>(bytes);
      break;
    case 2:
      read<meet_body>(bytes);
      break;
    case 3:
      read<throttle_body>(bytes);
      break;
    case 4:
      read<part_reading>(bytes);
      break;
    case 5:
      read<std::vector<link_reading>>(bytes);
      break;
    case 6:
      read<std::map<node_id, tensor>>(bytes);
      break;
    default:
      break;
  }
  return 0;
}
