#include <morph/transport/link/inbox.hpp>
#include <morph/transport/link/outbox.hpp>

#include <catch2/catch.hpp>
#include <transport/values.hpp>

using namespace morph;
using namespace morph::test;

namespace {

/// Moves everything from one half of a link to the other and back.
struct wire_pair {
  explicit wire_pair(const link_options& x = {}) : out(x), in(x) {
    out.limit_to({x.cache_bytes, x.max_payload});
  }

  std::vector<delivery> pump() {
    std::vector<delivery> got;
    while (auto x = out.next(0)) {
      sizes.push_back(x->body.size());
      auto ok = in.accept(*x, got);
      if (!ok) {
        failure = ok.error();
        break;
      }
      out.on_ack(in.take_credit(), 0);
    }
    return got;
  }

  outbox out;
  inbox in;
  error failure;
  std::vector<size_t> sizes;
};

bool same_bits(const value& a, const value& b) {
  if (!a || !b)
    return !a && !b;
  return tensor::from(a).bit_equal(tensor::from(b));
}

/// Every type of message that carries numbers, with `payload` in it.
std::vector<delivery> messages_with(const value& payload) {
  constexpr uint64_t to = make_address(0x89abcdef, 0x01234567);
  constexpr uint64_t nan_bits = 0xfff8dead0000beef;
  error what{errc::non_finite_gradient, "NaN"};
  what.at("loss", {"model.cpp", 7});
  byte_writer f;
  apply_value(f, payload);
  blob body{f.take()};
  return {forward{to, 3, ~uint64_t{0}, 5, payload, 3},
          backward{to, 4, 6, ~uint64_t{0}, payload},
          recall{to, 5, 7},
          begin_step{to, 8, 255},
          commit_step{to, 9, nan_bits},
          cancel_step{to, 10},
          ready{to, 11, 12, nan_bits, 1},
          failed{to, 13, what},
          control{to, 14, 0xfeff, body},
          control_reply{15, true, body}};
}

bool same(const delivery& a, const delivery& b) {
  if (a.index() != b.index())
    return false;
  return std::visit(
    [&]<class T>(const T& x) {
      auto& y = std::get<T>(b);
      if constexpr (std::is_same_v<T, forward>)
        return x.to == y.to && x.port == y.port && x.step == y.step
               && x.version == y.version && x.flags == y.flags
               && same_bits(x.payload, y.payload);
      else if constexpr (std::is_same_v<T, backward>)
        return x.to == y.to && x.slot == y.slot && x.step == y.step
               && x.version == y.version && same_bits(x.cotangent, y.cotangent);
      else if constexpr (std::is_same_v<T, wire::goodbye>)
        return to_string(x.why) == to_string(y.why);
      else if constexpr (std::is_same_v<T, wire::ack>)
        return x.bytes == y.bytes;
      else {
        byte_writer f;
        byte_writer g;
        inspect(f, const_cast<T&>(x));
        inspect(g, const_cast<T&>(y));
        return f.bytes() == g.bytes();
      }
    },
    a);
}

void add(outbox& out, const delivery& x) {
  std::visit(
    [&]<class T>(const T& y) {
      if constexpr (requires { out.add(y, 0); })
        REQUIRE(out.add(y, 0));
      else
        REQUIRE(out.add_small(y, 0));
    },
    x);
}

} // namespace

TEST_CASE("every message crosses the wire bit for bit") {
  for (auto& [name, x] : delicate_tensors()) {
    CAPTURE(name);
    for (auto& message : messages_with(x)) {
      CAPTURE(message.index());
      wire_pair w;
      add(w.out, message);
      auto got = w.pump();
      REQUIRE(got.size() == 1);
      CHECK(same(got[0], message));
    }
  }
}

TEST_CASE("every message with a large payload crosses bit for bit") {
  auto x = all_patterns(1 << 20);
  for (auto& message : messages_with(x)) {
    CAPTURE(message.index());
    wire_pair w;
    add(w.out, message);
    auto got = w.pump();
    REQUIRE(got.size() == 1);
    CHECK(same(got[0], message));
  }
}

TEST_CASE("user types cross with the tensors in them") {
  auto n = GENERATE(int64_t{3}, int64_t{1} << 18);
  auto x = make_value<reading>(reading{"s1", all_patterns(n)});
  wire_pair w;
  REQUIRE(w.out.add(forward{1, 0, 1, 1, x, 0}, 0));
  auto got = w.pump();
  REQUIRE(got.size() == 1);
  auto& y = std::get<forward>(got[0]).payload.get<reading>();
  CHECK(y.sensor == "s1");
  CHECK(y.samples.bit_equal(all_patterns(n)));
}

TEST_CASE("none crosses as none") {
  wire_pair w;
  REQUIRE(w.out.add(backward{1, 2, 3, 4, {}}, 0));
  auto got = w.pump();
  REQUIRE(got.size() == 1);
  CHECK_FALSE(std::get<backward>(got[0]).cotangent);
}

TEST_CASE("a value of a type that is unknown here becomes undecodable") {
  byte_writer f;
  f.apply(std::string{"no::such::type"});
  f.apply(uint64_t{42});
  value x;
  byte_reader g{f.bytes()};
  REQUIRE(apply_value(g, x));
  CHECK(g.remaining() == 0);
  CHECK(x.get<undecodable>().why.code == errc::not_serialisable);
}

TEST_CASE("bulk bytes respect the window") {
  link_options limits;
  limits.bulk_window = 1 << 20;
  limits.chunk_size = 256 << 10;
  outbox out{limits};
  auto x = tensor::zeros(u8, {4 << 20});
  REQUIRE(out.add(forward{1, 0, 1, 1, x, 0}, 0));
  uint64_t sent = 0;
  auto drain = [&] {
    while (auto b = out.next(0))
      sent += b->body.size();
  };
  drain();
  CHECK(sent == 1 << 20);
  SECTION("credit lets more pass") {
    out.on_ack(256 << 10, 0);
    drain();
    CHECK(sent == 5 * (256 << 10));
  }
  SECTION("invented credit does not help") {
    out.on_ack(~uint64_t{0}, 0);
    drain();
    CHECK(sent == 2 << 20);
  }
  SECTION("a small frame passes a closed window") {
    REQUIRE(out.add_small(begin_step{1, 2, 0}, 0));
    auto b = out.next(0);
    REQUIRE(b);
    CHECK(b->body.empty());
    CHECK_FALSE(out.next(0));
  }
}

TEST_CASE("a small frame waits for one chunk at most") {
  wire_pair w;
  auto x = tensor::zeros(u8, {3 << 20});
  REQUIRE(w.out.add(forward{1, 0, 1, 1, x, 0}, 0));
  std::vector<delivery> got;
  auto step = [&] {
    auto b = w.out.next(0);
    REQUIRE(b);
    REQUIRE(w.in.accept(*b, got));
    w.out.on_ack(w.in.take_credit(), 0);
  };
  step(); // the announcement
  step(); // a chunk
  REQUIRE(w.out.add_small(begin_step{1, 2, 0}, 0));
  step();
  REQUIRE(got.size() == 1);
  CHECK(std::holds_alternative<begin_step>(got[0]));
}

TEST_CASE("frames that wait together leave together") {
  wire_pair w;
  for (uint64_t i = 0; i < 100; ++i)
    REQUIRE(w.out.add_small(begin_step{1, i, 0}, 0));
  auto got = w.pump();
  CHECK(got.size() == 100);
  CHECK(w.sizes.size() == 1);
}

TEST_CASE("a payload that is still arriving can be referred to") {
  wire_pair w;
  auto x = all_patterns(1 << 18);
  for (uint64_t i = 1; i <= 3; ++i)
    REQUIRE(w.out.add(forward{1, 0, i, 9, x, forward::stable}, 0));
  auto got = w.pump();
  REQUIRE(got.size() == 3);
  for (uint64_t i = 1; i <= 3; ++i) {
    auto& f = std::get<forward>(got[i - 1]);
    CHECK(f.step == i);
    CHECK(same_bits(f.payload, x));
  }
}

TEST_CASE("both ends agree on what is kept when payloads become empty") {
  link_options limits;
  limits.cache_bytes = 100;
  wire_pair w{limits};
  auto full = tensor::zeros(u8, {60});
  auto empty = tensor::zeros(u8, {0});
  uint64_t version = 0;
  // Each port has a payload, then none; nothing of it may stay behind.
  for (uint32_t port = 0; port < 10; ++port)
    for (auto& x : {full, empty, full})
      REQUIRE(w.out.add(forward{1, port, 1, ++version, x, forward::stable}, 0));
  CHECK(w.pump().size() == 30);
  CHECK(w.failure.code == errc::none);
  link_stats sent;
  link_stats got;
  w.out.report(sent);
  w.in.report(got);
  CHECK(sent.cached_bytes_out == 60);
  CHECK(got.cached_bytes_in == 60);
}

TEST_CASE("an error with endless text still fits into a frame") {
  wire_pair w;
  error what{errc::node_failed, std::string(5 << 20, 'x')};
  what.at(std::string(5 << 20, 'n'), {});
  REQUIRE(w.out.add(failed{1, 2, what}, 0));
  auto got = w.pump();
  CHECK(w.failure.code == errc::none);
  REQUIRE(got.size() == 1);
  CHECK(std::get<failed>(got[0]).what.code == errc::node_failed);
}

TEST_CASE("the throttle spends what it earns") {
  link_options limits;
  outbox out{limits};
  out.set_rate(1'000'000, 0);
  auto x = tensor::zeros(u8, {1 << 20});
  REQUIRE(out.add(forward{1, 0, 1, 1, x, 0}, 0));
  uint64_t sent = 0;
  int64_t now = 0;
  // A simulated second: acknowledged at once, asked each millisecond.
  for (; now < 1'000'000'000; now += 1'000'000) {
    while (auto b = out.next(now)) {
      sent += b->head.size() + b->body.size();
      CHECK(b->body.size() <= 10'000);
      out.on_ack(b->body.size(), now);
    }
    CHECK(out.throttled_for(now) > 0);
  }
  CHECK(sent > 980'000);
  CHECK(sent < 1'030'000);
}

TEST_CASE("latency and bandwidth come out of the stamps") {
  link_options limits;
  outbox out{limits};
  int64_t now = 1'000'000'000;
  REQUIRE(out.add_small(begin_step{1, 1, 0}, now));
  REQUIRE(out.next(now));
  // The peer held it for 1 ms; the round trip took 200 us.
  out.on_header({1, 1, 1'000'000}, now + 1'200'000);
  link_stats x;
  out.report(x);
  CHECK(x.latency_seconds == Approx(100e-6));
  REQUIRE(x.samples.size() == 1);
  CHECK(x.samples[0].seconds == Approx(100e-6));
  // 1 MB, acknowledged 10 ms after its first chunk.
  now = 2'000'000'000;
  REQUIRE(out.add(forward{1, 0, 1, 1, tensor::zeros(u8, {1'000'000}), 0}, now));
  while (out.next(now)) {
    // nop
  }
  out.on_ack(1'000'000, now + 10'100'000);
  out.report(x);
  CHECK(x.bytes_per_second == Approx(1e8).epsilon(0.01));
  CHECK(x.samples.back().bytes == 1'000'000);
}
