// Any bytes are a graph or an error, and what was read reads the same again.
#include <morph/graph/codec.hpp>
#include <morph/graph/text/binary.hpp>

#include <fuzz/input.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace morph;
  byte_reader in{fuzz::as_bytes(data, size)};
  auto g = decode_graph(in);
  if (!g)
    return 0;
  byte_writer out;
  fuzz::require(encode_graph(*g, out).has_value());
  byte_reader back{out.bytes()};
  fuzz::require(decode_graph(back).has_value());
  return 0;
}
