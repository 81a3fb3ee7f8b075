// Any text is a graph or an error, and what was read reads the same again.
#include <morph/graph/text/text.hpp>

#include <fuzz/input.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace morph;
  auto g = parse_text(fuzz::as_text(data, size));
  if (!g)
    return 0;
  auto text = to_text(*g);
  auto again = parse_text(text);
  fuzz::require(again && to_text(*again) == text);
  return 0;
}
