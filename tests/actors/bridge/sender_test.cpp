// Where no implementation of senders is installed, the header is empty, and
// programs may still include it.
#include "actors/io/subject.hpp"

#include <morph/actors/bridge/sender.hpp>

using namespace morph;

TEST_CASE("sender bridge: the header compiles with and without senders",
          "[io]") {
  auto x = io_operation<int>{result<int>{3}};
#ifdef MORPH_SENDERS
  auto [y] = *MORPH_SENDERS::sync_wait(as_sender(std::move(x)));
  CHECK(y == 3);
#else
  CHECK(*std::move(x).wait() == 3);
#endif
}
