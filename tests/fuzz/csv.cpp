// Any text is a table or an error. The first byte picks what is predicted.
#include <morph/graph/io/csv.hpp>

#include <fuzz/input.hpp>

#include <sstream>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace morph;
  if (size == 0)
    return 0;
  csv_options options;
  options.predict = data[0] & 1 ? "a" : "";
  options.predict_number = data[0] & 2;
  std::istringstream in{std::string{fuzz::as_text(data + 1, size - 1)}};
  (void)read_csv(in, "csv", options);
  return 0;
}
