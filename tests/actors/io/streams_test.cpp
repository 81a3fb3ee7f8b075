// What all implementations promise about connections. `blocking` takes part
// where each side is ready when it is asked.

#include "actors/io/subject.hpp"

using namespace morph;
using namespace morph::test;

namespace {

std::span<std::byte> writable(std::string& x) {
  return std::as_writable_bytes(std::span{x});
}

bool has(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

struct connection {
  explicit connection(subject& s) {
    door = s.get(s.get().listen());
    client = s.get(s.get().connect(door.where()));
    server = s.get(door.accept());
  }

  listener door;
  stream client;
  stream server;
};

std::string read(subject& s, const stream& x, size_t n) {
  std::string out(n, '\0');
  s.get(x.read_exactly(writable(out)));
  return out;
}

} // namespace

TEST_CASE("io: a listener takes a free port of the loopback", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto x = s.get(s.get().listen());
  auto y = s.get(s.get().listen());
  CHECK(x.where().host == "127.0.0.1");
  CHECK(x.where().port != 0);
  CHECK(x.where().port != y.where().port);
}

TEST_CASE("io: a port that is taken is refused by name", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto x = s.get(s.get().listen());
  auto y = s.run(s.get().listen(x.where()));
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::port_in_use);
  CHECK(has(y.error().message, to_string(x.where())));
}

TEST_CASE("io: connecting to nobody fails with address and reason", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  endpoint nobody;
  {
    auto x = s.get(s.get().listen());
    nobody = x.where();
  }
  auto y = s.run(s.get().connect(nobody));
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::host_unreachable);
  CHECK(has(y.error().message, to_string(nobody)));
  CHECK(has(y.error().message, "refused"));
}

TEST_CASE("io: a host name is not looked up", "[io]") {
  for (auto name : {"blocking", "asio"}) {
    subject s{name};
    auto x = s.run(s.get().connect({"example.org", 1}));
    REQUIRE_FALSE(x);
    CHECK(x.error().code == errc::host_unreachable);
    CHECK(has(x.error().message, "numeric"));
    CHECK_FALSE(s.run(s.get().listen({"example.org", 0})));
  }
}

TEST_CASE("io: what one side sends the other reads", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  connection c{s};
  s.get(c.client.write("ping"));
  s.get(c.client.flush());
  CHECK(read(s, c.server, 4) == "ping");
  s.get(c.server.write("pong"));
  s.get(c.server.flush());
  CHECK(read(s, c.client, 4) == "pong");
}

TEST_CASE("io: a small write waits for the flush", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  connection c{s};
  std::string in(1, '\0');
  begun<size_t> x{c.server.read_some(writable(in))};
  s.get(c.client.write("a"));
  s.get(s.get().wait_for(std::chrono::milliseconds{5}));
  CHECK_FALSE(x.done());
  s.get(c.client.flush());
  CHECK(*s.finish(x) == 1);
  CHECK(in == "a");
}

TEST_CASE("io: a write larger than the buffer goes out with it", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  connection c{s};
  auto text = pattern(500000);
  s.get(c.client.write("head"));
  begun<void> w{c.client.write(text)};
  CHECK(read(s, c.server, 4 + text.size()) == "head" + text);
  CHECK(s.finish(w));
}

TEST_CASE("io: gathered and repeated parts arrive in order", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  auto size = GENERATE(size_t{3}, size_t{5000}, size_t{70000});
  connection c{s};
  auto a = pattern(10), b = pattern(size);
  std::string in(10 + 5 * size, '\0');
  begun<void> r{c.server.read_exactly(writable(in))};
  s.get(c.client.write(gathered{a, b}.repeat_last(5)));
  s.get(c.client.flush());
  CHECK(s.finish(r));
  CHECK(in == a + b + b + b + b + b);
}

TEST_CASE("io: many small writes fill the buffer and go out", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  connection c{s};
  auto text = pattern(50000);
  std::string in(text.size(), '\0');
  begun<void> r{c.server.read_exactly(writable(in))};
  for (size_t i = 0; i < text.size(); i += 5)
    s.get(c.client.write(std::string_view{text}.substr(i, 5)));
  s.get(c.client.flush());
  CHECK(s.finish(r));
  CHECK(in == text);
}

TEST_CASE("io: small reads come out of the buffer", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  connection c{s};
  s.get(c.client.write("0123456789"));
  s.get(c.client.flush());
  std::string out;
  for (int i = 0; i < 10; ++i)
    out += read(s, c.server, 1);
  CHECK(out == "0123456789");
}

TEST_CASE("io: read_some gives what is there", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  connection c{s};
  s.get(c.client.write("abc"));
  s.get(c.client.flush());
  std::string in(10000, '\0');
  auto n = s.get(c.server.read_some(writable(in)));
  CHECK(n >= 1);
  CHECK(n <= 3);
  CHECK(std::string{"abc"}.substr(0, n) == in.substr(0, n));
}

TEST_CASE("io: lines", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  connection c{s};
  s.get(c.client.write(std::string_view{"first\n\nthird, longer\nrest"}));
  s.get(c.client.flush());
  c.client.finish_writing();
  CHECK(s.get(c.server.read_until('\n')) == "first");
  CHECK(s.get(c.server.read_until('\n')).empty());
  CHECK(s.get(c.server.read_until('\n')) == "third, longer");
  auto x = s.run(c.server.read_until('\n'));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::truncated_file);
}

TEST_CASE("io: a line beyond the bound is refused", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  connection c{s};
  s.get(c.client.write(std::string_view{"12345\n123456\n"}));
  s.get(c.client.flush());
  CHECK(s.get(c.server.read_until('\n', 5)) == "12345");
  auto x = s.run(c.server.read_until('\n', 5));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::frame_too_large);
}

TEST_CASE("io: the end of what the peer sends is zero bytes", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  connection c{s};
  s.get(c.client.write("x"));
  s.get(c.client.flush());
  c.client.finish_writing();
  CHECK(read(s, c.server, 1) == "x");
  std::string in(8, '\0');
  CHECK(s.get(c.server.read_some(writable(in))) == 0);
  // The other direction still works.
  s.get(c.server.write("y"));
  s.get(c.server.flush());
  CHECK(read(s, c.client, 1) == "y");
}

TEST_CASE("io: a message that ends early is named", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  connection c{s};
  s.get(c.client.write("abc"));
  s.get(c.client.flush());
  c.client = {};
  std::string in(8, '\0');
  auto x = s.run(c.server.read_exactly(writable(in)));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::truncated_file);
  CHECK(has(x.error().message, "3 of 8"));
  CHECK(has(x.error().message, c.server.name()));
}

TEST_CASE("io: writing to a peer that is gone fails", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  connection c{s};
  c.server = {};
  // The first writes may still be taken by the system.
  auto text = pattern(100000);
  result<void> x;
  for (int i = 0; x && i < 1000; ++i)
    x = s.run(c.client.write(text));
  REQUIRE_FALSE(x);
  CHECK(x.error().code == errc::connection_lost);
  CHECK(has(x.error().message, c.client.name()));
}

TEST_CASE("io: dropping a client ends its server's read", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  connection c{s};
  std::string in(8, '\0');
  begun<size_t> x{c.server.read_some(writable(in))};
  c.client = {};
  CHECK(*s.finish(x) == 0);
}

TEST_CASE("io: a waiting read is cancelled", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  connection c{s};
  std::stop_source stop;
  std::string in(8, '\0');
  begun<size_t> x{c.server.read_some(writable(in)).until(stop.get_token())};
  s.get(s.get().wait_for(std::chrono::milliseconds{1}));
  CHECK_FALSE(x.done());
  stop.request_stop();
  auto y = s.finish(x);
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::cancelled);
  CHECK(x.completions() == 1);
  // The connection is as good as before.
  s.get(c.client.write("abc"));
  s.get(c.client.flush());
  CHECK(read(s, c.server, 3) == "abc");
}

TEST_CASE("io: a write that waits for room is cancelled", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  connection c{s};
  std::stop_source stop;
  std::string block(1 << 20, 'x');
  begun<void> x{
    c.client.write(gathered{block}.repeat_last(64)).until(stop.get_token())};
  s.get(s.get().wait_for(std::chrono::milliseconds{5}));
  CHECK_FALSE(x.done());
  stop.request_stop();
  auto y = s.finish(x);
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::cancelled);
}

TEST_CASE("io: a waiting accept is cancelled", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  auto door = s.get(s.get().listen());
  std::stop_source stop;
  begun<stream> x{door.accept().until(stop.get_token())};
  s.get(s.get().wait_for(std::chrono::milliseconds{1}));
  stop.request_stop();
  auto y = s.finish(x);
  REQUIRE_FALSE(y);
  CHECK(y.error().code == errc::cancelled);
  auto client = s.get(s.get().connect(door.where()));
  CHECK(s.get(door.accept()).name() != "");
}

TEST_CASE("io: closing ends what waits", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  connection c{s};
  std::string in(8, '\0');
  begun<size_t> x{c.server.read_some(writable(in))};
  begun<stream> y{c.door.accept()};
  c.server.close();
  c.door.close();
  auto a = s.finish(x);
  auto b = s.finish(y);
  REQUIRE_FALSE(a);
  REQUIRE_FALSE(b);
  CHECK(a.error().code == errc::cancelled);
  CHECK(b.error().code == errc::cancelled);
  // The peer sees an end.
  CHECK(s.get(c.client.read_some(writable(in))) == 0);
}

TEST_CASE("io: both directions at a time", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  connection c{s};
  auto there = pattern(300000), back = pattern(200000);
  std::string in1(there.size(), '\0'), in2(back.size(), '\0');
  begun<void> w1{c.client.write(there)}, w2{c.server.write(back)};
  begun<void> r1{c.server.read_exactly(writable(in1))},
    r2{c.client.read_exactly(writable(in2))};
  for (auto* x : {&w1, &w2, &r1, &r2})
    CHECK(s.finish(*x));
  CHECK(in1 == there);
  CHECK(in2 == back);
}

TEST_CASE("io: many connections at one listener", "[io]") {
  MORPH_EACH_IO(s, all_subjects);
  auto door = s.get(s.get().listen());
  std::vector<stream> clients, servers;
  for (int i = 0; i < 50; ++i) {
    clients.push_back(s.get(s.get().connect(door.where())));
    servers.push_back(s.get(door.accept()));
  }
  for (size_t i = 0; i < clients.size(); ++i) {
    auto line = std::to_string(i) + "\n";
    s.get(clients[i].write(line));
    s.get(clients[i].flush());
  }
  for (size_t i = 0; i < servers.size(); ++i)
    CHECK(s.get(servers[i].read_until('\n')) == std::to_string(i));
}

TEST_CASE("io: an accept waits for its peer", "[io]") {
  MORPH_EACH_IO(s, overlapping_subjects);
  auto door = s.get(s.get().listen());
  begun<stream> x{door.accept()};
  auto client = s.get(s.get().connect(door.where()));
  CHECK(s.finish(x));
}

TEST_CASE("io: version six of the loopback", "[io]") {
  for (auto name : {"blocking", "asio"}) {
    subject s{name};
    auto door = s.run(s.get().listen({"::1", 0}));
    if (!door) // Some machines have none.
      continue;
    CHECK(door->where().host == "::1");
    auto client = s.get(s.get().connect(door->where()));
    auto server = s.get(door->accept());
    s.get(client.write("6"));
    s.get(client.flush());
    CHECK(read(s, server, 1) == "6");
  }
}
