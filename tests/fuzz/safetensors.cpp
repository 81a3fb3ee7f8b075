// Any bytes are a file of this format or an error.
#include <morph/graph/io/safetensors.hpp>

#include <fuzz/input.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  (void)morph::decode_safetensors(morph::fuzz::as_bytes(data, size));
  return 0;
}
