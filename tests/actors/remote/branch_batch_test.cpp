// What hosts and drivers say of branches: read back as written, or refused.
#include <morph/actors/remote/branch_batch.hpp>

#include <catch2/catch.hpp>

using namespace morph;
using namespace morph::tasks;

namespace {

branch_orders some_orders() {
  branch_orders x;
  x.number = 3;
  x.names = {{"f", 1}, {"g", 2}};
  x.starts.push_back({1, 0, 0, std::nullopt, {}});
  x.starts.push_back(
    {2, 1, -1, 1'000, blob{std::vector<std::byte>(5, std::byte{9})}});
  x.cancel(7);
  x.cancel(8);
  x.cancel(10);
  return x;
}

} // namespace

TEST_CASE("orders are read as they were written", "[remote]") {
  auto x = read_orders(write_orders(some_orders()));
  REQUIRE(x);
  CHECK(x->number == 3);
  CHECK(x->names[1].name == "g");
  REQUIRE(x->starts.size() == 2);
  CHECK(x->starts[1].remaining_ns == 1'000);
  CHECK(x->starts[1].arguments.size() == 5);
  REQUIRE(x->cancels.size() == 2);
  CHECK(x->cancels[0].first == 7);
  CHECK(x->cancels[0].last == 8);
}

TEST_CASE("orders cut anywhere are refused", "[remote]") {
  auto all = write_orders(some_orders());
  for (size_t n = 0; n < all.size(); ++n)
    CHECK(!read_orders(all.slice(0, n)));
}

TEST_CASE("orders with absurd lengths are refused", "[remote]") {
  auto all = write_orders(some_orders());
  for (size_t i = 8; i < all.size(); ++i) {
    std::vector<std::byte> bytes{all.bytes().begin(), all.bytes().end()};
    bytes[i] = std::byte{0xff};
    if (i + 7 < bytes.size())
      bytes[i + 7] = std::byte{0x7f};
    static_cast<void>(read_orders(blob{std::move(bytes)}));
  }
}

TEST_CASE("reports are read as they were written", "[remote]") {
  report_writer w;
  w.add(4, branch_end::done, 10, 20, std::vector<std::byte>(3));
  w.add(5, branch_end::failed, 0, 0,
        write_error({errc::cancelled, "for a reason"}));
  auto all = w.take();
  CHECK(w.empty());
  auto x = read_reports(all);
  REQUIRE(x);
  REQUIRE(x->size() == 2);
  CHECK((*x)[0].stay_ns == 20);
  CHECK((*x)[0].content.size() == 3);
  CHECK(read_error((*x)[1].content).message == "for a reason");
  for (size_t n = 1; n < all.size(); ++n)
    if (auto y = read_reports(all.slice(0, n)))
      CHECK(y->size() == 1); // cut between the two
}
