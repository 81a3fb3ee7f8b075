#include "actors/io/subject.hpp"

#include <morph/actors/io/asio_io.hpp>

using namespace morph;
using namespace morph::test;
using namespace std::chrono_literals;

namespace {

std::span<std::byte> writable(std::string& x) {
  return std::as_writable_bytes(std::span{x});
}

} // namespace

TEST_CASE("blocking_io: is complete before its start returns", "[io]") {
  blocking_io io;
  begun<void> x{io.wait_for(1ms)};
  CHECK(x.done());
  CHECK_FALSE(io.overlaps());
}

TEST_CASE("blocking_io: an accept without a peer is refused", "[io]") {
  blocking_io io;
  auto door = *io.listen().wait();
  auto x = door.accept().wait();
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::needs_concurrency);
  CHECK(x.error().message.find(to_string(door.where())) != std::string::npos);
}

TEST_CASE("blocking_io: reading from a peer of the same thread is refused",
          "[io]") {
  blocking_io io;
  auto door = *io.listen().wait();
  auto client = *io.connect(door.where()).wait();
  auto server = *door.accept().wait();
  std::string in(1, '\0');
  for (auto& side : {client, server}) {
    auto x = side.read_some(writable(in)).wait();
    REQUIRE_FALSE(x);
    CHECK(x.error().code == errc::needs_concurrency);
    CHECK(x.error().message.find(side.name()) != std::string::npos);
  }
}

TEST_CASE("blocking_io: writing more than such a peer can hold is refused",
          "[io]") {
  blocking_io io;
  auto door = *io.listen().wait();
  auto client = *io.connect(door.where()).wait();
  auto server = *door.accept().wait();
  std::string block(1 << 20, 'x');
  auto x = client.write(gathered{block}.repeat_last(64)).wait();
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::needs_concurrency);
}

TEST_CASE("blocking_io: waits for peers elsewhere", "[io]") {
  asio_io elsewhere;
  blocking_io io{{.clients_elsewhere = true}};
  auto door = *io.listen().wait();
  // The peer takes its time.
  auto peer = [](morph::io& x, endpoint to) -> io_operation<void> {
    co_await x.wait_for(5ms);
    auto c = co_await x.connect(to);
    if (!c)
      co_return fail(c.error());
    co_await x.wait_for(5ms);
    co_await c->write("late");
    co_return co_await c->flush();
  };
  begun<void> x{peer(elsewhere, door.where())};
  auto server = *door.accept().wait();
  std::string in(4, '\0');
  CHECK(server.read_exactly(writable(in)).wait());
  CHECK(in == "late");
  CHECK(x.wait());
}

TEST_CASE("blocking_io: another thread cancels what waits", "[io]") {
  asio_io elsewhere;
  blocking_io io{{.clients_elsewhere = true}};
  auto door = *io.listen().wait();
  std::stop_source stop;
  elsewhere.wait_for(2ms).start([&](result<void>) { stop.request_stop(); });
  auto x = door.accept().until(stop.get_token()).wait();
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::cancelled);

  auto other = *elsewhere.listen().wait();
  auto client = *io.connect(other.where()).wait();
  std::stop_source again;
  elsewhere.wait_for(2ms).start([&](result<void>) { again.request_stop(); });
  std::string in(4, '\0');
  auto y = client.read_some(writable(in)).until(again.get_token()).wait();
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::cancelled);
}
