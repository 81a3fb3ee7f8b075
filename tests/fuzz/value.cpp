// Any bytes are a value or an error.
#include <morph/graph/codec.hpp>
#include <morph/graph/tensor.hpp>
#include <morph/graph/value.hpp>

#include <fuzz/input.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace morph;
  static const auto known = tensor::scalar(0.0);
  byte_reader in{fuzz::as_bytes(data, size)};
  (void)decode_value(in);
  return 0;
}
