// Feeds arbitrary bytes to what hosts and drivers tell each other of branches.
#include <morph/actors/remote/branch_batch.hpp>

#include <fuzz/input.hpp>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace morph;
  blob body{fuzz::as_bytes(data, size), nullptr};
  if (auto x = tasks::read_orders(body))
    if (!tasks::read_orders(tasks::write_orders(*x)))
      __builtin_trap(); // what was read once is read again
  (void)tasks::read_reports(body);
  (void)tasks::read_error(body);
  return 0;
}
