// Any bytes are a message of one of our types or none. The first byte says of
// which.
#include <morph/actors/node_from_actor.hpp>
#include <morph/actors/session/step_service.hpp>
#include <morph/graph/tensor.hpp>
#include <morph/transport/mailbox.hpp>

#include <fuzz/input.hpp>

#include <tuple>

namespace {

using namespace morph;

using messages
  = std::tuple<forward, backward, recall, begin_step, commit_step, cancel_step,
               ready, failed, control, control_reply, step_request, step_reply,
               node_fire, node_pullback, node_values>;

template <size_t I = 0>
void read(size_t which, std::span<const std::byte> bytes) {
  if constexpr (I < std::tuple_size_v<messages>) {
    if (which != I)
      return read<I + 1>(which, bytes);
    std::tuple_element_t<I, messages> x;
    byte_reader in{bytes};
    (void)inspect(in, x);
  }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto known = tensor::scalar(0.0);
  auto bytes = fuzz::as_bytes(data, size);
  if (size > 0)
    read(static_cast<size_t>(bytes[0]), bytes.subspan(1));
  return 0;
}
