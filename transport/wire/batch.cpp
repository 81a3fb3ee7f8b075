#include <morph/transport/wire/batch.hpp>

#include <cstring>

namespace morph::wire {

void put(std::vector<std::byte>& head, const batch_header& x) {
  std::memcpy(head.data(), &x.sequence, 4);
  std::memcpy(head.data() + 4, &x.echo_sequence, 4);
  std::memcpy(head.data() + 8, &x.echo_hold_ns, 8);
}

result<batch_header> get_batch_header(byte_reader& f) {
  batch_header out;
  if (!f(out.sequence, out.echo_sequence, out.echo_hold_ns))
    return fail(errc::protocol_violation, "a batch is too short");
  return out;
}

} // namespace morph::wire
